import type { CorsOptions } from '@nestjs/common/interfaces/external/cors-options.interface';

/**
 * Headers that browsers hide from pages of other origins
 * (https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name).
 */
const EXPOSED_HEADERS = [
  'Accept-Patch',
  'Accept-Post',
  'Allow',
  'Deprecation',
  'ETag',
  'Idempotency-Replayed',
  'Link',
  'Location',
  'Preference-Applied',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Sunset',
  'WWW-Authenticate',
  'X-Request-Id',
  'X-Total-Count',
];
const ALLOWED_HEADERS = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Prefer',
  'Traceparent',
  'Tracestate',
  'X-Request-Id',
];
/** Two hours: the most that Chromium keeps. */
const PREFLIGHT_LIFETIME_SECONDS = 7_200;

/** Pages of these origins may call the API. Tokens travel in a header, so no credentials. */
export function corsOptions(origins: readonly string[]): CorsOptions {
  return {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ALLOWED_HEADERS,
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_LIFETIME_SECONDS,
    // OPTIONS continues to method-not-allowed.ts, which adds Allow.
    preflightContinue: true,
  };
}
