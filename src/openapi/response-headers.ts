import type { HeaderObject, ReferenceObject } from '@nestjs/swagger';

/** Every response header that matters to a client, once. */
export const RESPONSE_HEADERS = {
  'X-Request-Id': {
    description:
      'Identifies this request in the log and in problems. If you send one of harmless characters, it is kept.',
    required: true,
    schema: { type: 'string', pattern: '^[A-Za-z0-9_.:+/=-]{1,64}$' },
  },
  ETag: {
    description: 'The version of the task, for `If-Match` and `If-None-Match`.',
    required: true,
    schema: { type: 'string', pattern: '^"[1-9][0-9]*"$' },
    example: '"1795867932976204"',
  },
  Location: {
    description: 'The URL of the resource. It has the UUID of the user, even if you wrote `me`.',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
  },
  Link: {
    description:
      'The next page, `rel="next"` (RFC 8288); absent on the last one. After completing a task that recurs: the next task.',
    schema: { type: 'string', pattern: '^<[^>]+>; rel="next"$' },
  },
  'X-Total-Count': {
    description: 'How many tasks match, on all pages; only with `Prefer: count=exact`.',
    schema: { type: 'integer', minimum: 0 },
  },
  'Preference-Applied': {
    description: 'The preferences that were applied (RFC 7240).',
    schema: { type: 'string', enum: ['return=minimal', 'return=representation', 'count=exact'] },
  },
  'Idempotency-Replayed': {
    description:
      '`true`: an earlier request with this `Idempotency-Key` was accepted, and this one wrote nothing.',
    schema: { type: 'string', enum: ['true'] },
  },
  'X-Read-After': {
    description:
      'The number of the last change that this answer may include. Send the highest one with your reads. Absent if the server has no read replicas.',
    schema: { type: 'integer', minimum: 1 },
    example: 1795867932976204,
  },
  'WWW-Authenticate': {
    description: 'What is wrong with the token, or which scope it lacks (RFC 6750 §3).',
    schema: { type: 'string', pattern: '^Bearer' },
  },
  RateLimit: {
    description:
      'Your remaining quota: `r` requests; it is full again in `t` seconds (draft-ietf-httpapi-ratelimit-headers).',
    schema: { type: 'string', pattern: '^"[a-z]+";r=[0-9]+;t=[0-9]+$' },
  },
  'RateLimit-Policy': {
    description: 'Your quota: `q` requests in `w` seconds; absent if there is none.',
    schema: { type: 'string', pattern: '^"[a-z]+";q=[0-9]+;w=[0-9]+$' },
  },
  'Retry-After': {
    description: 'Seconds to wait before the next attempt.',
    required: true,
    schema: { type: 'integer', minimum: 0 },
  },
  'Accept-Patch': {
    description: 'The media types that PATCH takes here.',
    schema: { type: 'string' },
  },
  'Accept-Post': {
    description: 'The media types that POST takes here.',
    schema: { type: 'string' },
  },
  Accept: { description: 'The media types that PUT takes here.', schema: { type: 'string' } },
  'Accept-Encoding': {
    description: '`identity`: bodies are not compressed.',
    schema: { type: 'string', enum: ['identity'] },
  },
} as const satisfies Record<string, HeaderObject>;

export type ResponseHeader = keyof typeof RESPONSE_HEADERS;

/** References to headers, for one response. Each one has `X-Request-Id` anyway. */
export function responseHeaders(
  ...names: readonly ResponseHeader[]
): Record<string, ReferenceObject> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
