import type {
  CorsOptions,
  CorsOptionsDelegate,
} from '@nestjs/common/interfaces/external/cors-options.interface';
import type { Request } from 'express';
import { originMatcher } from '../../config/http/origins';

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
  'X-Read-After',
  'X-Request-Id',
  'X-Total-Count',
];
/** What the API reads, and what tracing, caches and older libraries add by themselves. */
const ALLOWED_HEADERS = [
  'Authorization',
  'Baggage',
  'Cache-Control',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Last-Event-ID',
  'Prefer',
  'Sentry-Trace',
  'Traceparent',
  'Tracestate',
  'X-Read-After',
  'X-Request-Id',
  'X-Requested-With',
];
/** Two hours: the most that Chromium keeps. */
const PREFLIGHT_LIFETIME_SECONDS = 7_200;

export interface CorsRules {
  /** Origins whose pages may call the API; a `*` stands for a part of the first label. */
  readonly origins: readonly string[];
  /** Request headers beyond those that are always allowed. */
  readonly headers: readonly string[];
  /** Further origins, for requests that `isLocal` recognizes. */
  readonly local?: { readonly origin: RegExp; readonly isLocal: (request: Request) => boolean };
}

/** Tokens travel in a header, so no credentials. */
export function corsOptions({ origins, headers, local }: CorsRules): CorsOptionsDelegate<Request> {
  const listed = origins.map(originMatcher);
  const options = {
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [...ALLOWED_HEADERS, ...headers],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_LIFETIME_SECONDS,
    // OPTIONS continues to method-not-allowed.ts, which adds Allow.
    preflightContinue: true,
  } satisfies CorsOptions;
  const usual: CorsOptions = { ...options, origin: listed };
  const forLocal: CorsOptions = {
    ...options,
    origin: local === undefined ? listed : [...listed, local.origin],
  };
  return (request, callback) => {
    callback(null, local?.isLocal(request) === true ? forLocal : usual);
  };
}
