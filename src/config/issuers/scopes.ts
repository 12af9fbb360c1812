/** What a token may be restricted to. */
export const SCOPES = ['tasks:read', 'tasks:write', 'users:read', 'users:write'] as const;
export type Scope = (typeof SCOPES)[number];
