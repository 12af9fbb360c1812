import type { Response } from 'express';

/** No shared cache may keep it, and each use is checked against the server (RFC 9111 §5.2.2). */
export function markAsUserData(response: Response): void {
  response.setHeader('Cache-Control', 'private, no-cache');
  response.vary('Authorization');
}
