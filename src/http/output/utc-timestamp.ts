/**
 * Schema of every time in an answer: RFC 3339 in UTC with milliseconds, always the same text. It
 * has no pattern: generated clients would match it against the time that they have already parsed.
 */
export const UTC_TIMESTAMP = { format: 'date-time' } as const;
