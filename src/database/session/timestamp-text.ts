/**
 * A `timestamptz(3)` as PostgreSQL writes it in our sessions, such as `2026-11-28 04:38:30.1+00`, as
 * RFC 3339 in UTC with milliseconds: the one form of times in answers.
 * @throws Error where the session has another TimeZone or DateStyle: no answer may show another time
 */
export function rfc3339(text: string): string {
  if (text.charCodeAt(10) !== SPACE || !text.endsWith('+00')) {
    throw new Error('A session writes times that are not ISO 8601 in UTC');
  }
  const fraction = text.charCodeAt(19) === POINT ? text.slice(20, -3).padEnd(3, '0') : '000';
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
}

const SPACE = 0x20;
const POINT = 0x2e;
