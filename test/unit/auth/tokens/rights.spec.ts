import { describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { rightsOf } from '../../../../src/auth/tokens/rights';
import { type Scope, SCOPES } from '../../../../src/config/issuers/scopes';
import { issuerRules } from '../../../support/app/issuers';

type Rules = Parameters<typeof issuerRules>[0];
type Row = readonly [claims: JWTPayload, rights: readonly Scope[] | 'unrestricted', rules?: Rules];

const NOTHING: readonly Scope[] = [];
const READ: readonly Scope[] = ['tasks:read'];

/** What a token may do by its claims; where scopes are required, `unrestricted` becomes nothing. */
const TABLE: readonly Row[] = [
  // No claim, or neutral scopes alone: the token says nothing about this API.
  [{}, 'unrestricted'],
  [{ scope: '' }, 'unrestricted'],
  [{ scope: '  ' }, 'unrestricted'],
  [{ scope: 'openid profile email' }, 'unrestricted'],
  [{ scope: 'openid', scp: ['offline_access'] }, 'unrestricted'],
  [{ roles: ['admin'] }, 'unrestricted'],
  // Scopes of this API, whatever stands beside them.
  [{ scope: 'tasks:read' }, READ],
  [{ scope: 'openid tasks:read tasks:write profile' }, ['tasks:read', 'tasks:write']],
  [{ scope: 'tasks:read other:thing' }, READ],
  [{ scope: SCOPES.join(' ') }, SCOPES],
  [{ scope: '  tasks:read  ' }, READ],
  [{ scope: ['tasks:read'] }, READ],
  [{ scp: 'users:read' }, ['users:read']],
  [{ scp: ['users:read', 'users:write', 7] }, ['users:read', 'users:write']],
  [{ permissions: ['tasks:read'] }, READ],
  [{ permissions: 'tasks:read' }, READ],
  // A space alone separates words (RFC 6749 §3.3).
  [{ scope: 'openid\tprofile' }, NOTHING],
  [{ scope: ' \t' }, NOTHING],
  [{ scope: 'openid\ttasks:read' }, NOTHING],
  [{ scope: 'tasks:read\ttasks:write' }, NOTHING],
  [{ scope: 'tasks:read\r\nopenid' }, NOTHING],
  [{ scope: 'openid\u00a0tasks:read' }, NOTHING],
  [{ scope: 'openid\u2003tasks:read tasks:write' }, ['tasks:write']],
  [{ scope: 'other\tthing' }, NOTHING],
  // The first claim that names a scope of this API decides alone.
  [{ scope: 'tasks:read', permissions: [...SCOPES] }, READ],
  [{ scope: 'tasks:read', scp: ['users:read'] }, READ],
  [{ scope: 'openid profile', permissions: ['tasks:read'] }, READ],
  [{ scope: 'other:thing', permissions: ['tasks:read'] }, READ],
  [{ permissions: ['tasks:read'], scope: 'tasks:write' }, ['tasks:write']],
  // A user without permissions may do nothing.
  [{ permissions: [] }, NOTHING],
  [{ permissions: '' }, NOTHING],
  [{ scope: 'openid profile', permissions: [] }, NOTHING],
  [{ scope: 'tasks:read', permissions: [] }, NOTHING],
  [{ scp: [] }, NOTHING],
  // A token for something else may do nothing here.
  [{ scope: 'calendar:read' }, NOTHING],
  [{ scope: 'openid calendar:read' }, NOTHING],
  [{ permissions: ['calendar:read'] }, NOTHING],
  [{ scope: 'openid', permissions: ['calendar:read'] }, NOTHING],
  // What resembles a scope is none.
  [{ scope: 'TASKS:READ' }, NOTHING],
  [{ scope: 'tasks:readonly' }, NOTHING],
  [{ scope: 'tasks:read,tasks:write' }, NOTHING],
  [{ scope: 'task-api/tasks:read' }, NOTHING],
  // A claim of an unexpected kind cannot be read, so it grants nothing.
  [{ scope: { 'tasks:read': true } }, NOTHING],
  [{ scope: null }, NOTHING],
  [{ scope: true }, NOTHING],
  [{ scope: 1 }, NOTHING],
  [{ scp: null }, NOTHING],
  [{ permissions: null }, NOTHING],
  [{ permissions: [''] }, NOTHING],
  [{ permissions: [['tasks:read']] }, NOTHING],
  [{ permissions: [{ name: 'tasks:read' }] }, NOTHING],
  // AUTH_SCOPE_PREFIX: only names with it are ours.
  [{ scope: 'task-api/tasks:read' }, READ, { scopePrefix: 'task-api/' }],
  [{ scope: 'tasks:read' }, NOTHING, { scopePrefix: 'task-api/' }],
  [{ scope: 'other-api/tasks:read' }, NOTHING, { scopePrefix: 'task-api/' }],
  // AUTH_SCOPE_NAMES.
  [{ scp: 'Tasks.Read' }, READ, { scopeNames: [['Tasks.Read', 'tasks:read']] }],
  [{ scp: 'tasks.read' }, NOTHING, { scopeNames: [['Tasks.Read', 'tasks:read']] }],
  [
    { scp: 'All' },
    ['tasks:read', 'tasks:write'],
    {
      scopeNames: [
        ['All', 'tasks:read'],
        ['All', 'tasks:write'],
      ],
    },
  ],
  // AUTH_SCOPE_CLAIMS.
  [{ roles: ['tasks:read'] }, READ, { scopeClaims: ['scp', 'roles'] }],
  [{ roles: [] }, NOTHING, { scopeClaims: ['scp', 'roles'] }],
  [{ permissions: ['calendar:read'] }, 'unrestricted', { scopeClaims: ['scope'] }],
  [
    { scope: 'tasks:read', roles: ['users:read'] },
    ['users:read'],
    { scopeClaims: ['roles', 'scope'] },
  ],
  // AUTH_NEUTRAL_SCOPES.
  [{ scope: 'aws.cognito.signin.user.admin' }, NOTHING],
  [
    { scope: 'openid aws.cognito.signin.user.admin' },
    'unrestricted',
    { neutralScopes: ['openid', 'aws.cognito.signin.user.admin'] },
  ],
  [{ scope: 'openid' }, NOTHING, { neutralScopes: [] }],
];

describe('what a token may do', () => {
  // Jest would take a third parameter that a row lacks for its callback.
  it.each(TABLE.map((row) => ({ row })))('$row', ({ row: [claims, rights, rules] }) => {
    const rightsWith = (requireScopes: boolean) =>
      rightsOf(claims, issuerRules({ ...rules, requireScopes }).rights);
    const restricted = rights === 'unrestricted' ? NOTHING : rights;

    expect(rightsWith(false)).toEqual(rights === 'unrestricted' ? rights : new Set(rights));
    expect(rightsWith(true)).toEqual(new Set(restricted));
  });

  it('is named in the words of the issuer', () => {
    const names = (rules: Rules) => issuerRules(rules).rights.names['tasks:read'];

    expect(names({})).toBe('tasks:read');
    expect(names({ scopePrefix: 'task-api/' })).toBe('task-api/tasks:read');
    const all = SCOPES.map((scope) => ['All', scope] as const);
    expect(names({ scopeNames: [...all, ['Tasks.Read', 'tasks:read']] })).toBe('Tasks.Read');
  });
});
