import type { BenchRequest } from '../routes';

/** The bytes of a request, the same ones whichever generator sends them. */
export function httpText({ method, path, token, body }: BenchRequest): string {
  const head =
    `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n` +
    `Accept: application/json\r\nAuthorization: Bearer ${token}\r\n`;
  // Bodies are ASCII: their length in characters is their length in bytes.
  if (body !== undefined) {
    return `${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  }
  return `${head}\r\n`;
}
