/** Schema of every time in an answer: RFC 3339 in UTC with milliseconds, everywhere the same text. */
export const UTC_TIMESTAMP = {
  format: 'date-time',
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z$',
} as const;
