/** How far the issuer's clock and ours may be apart, in seconds (RFC 7519 §4.1.4 allows some). */
export const CLOCK_TOLERANCE_SECONDS = 5;
