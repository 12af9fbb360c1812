/**
 * The value of `WWW-Authenticate` (RFC 6750 §3). Parameters must be plain ASCII without quotes and
 * backslashes; they come from this program, never from a request.
 */
export function bearerChallenge(parameters: {
  readonly error: 'invalid_token' | 'insufficient_scope' | 'invalid_request';
  readonly error_description?: string;
  readonly scope?: string;
}): string {
  const written = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`);
  return `Bearer ${written.join(', ')}`;
}
