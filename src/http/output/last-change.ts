import type { Response } from 'express';
import { READ_AFTER } from '../input/read-after';

/** Lets the client read later what this answer includes, also on a replica. The highest number stays. */
export function announceLastChange(response: Response | undefined, number: number): void {
  // The head of a stream is sent before its first change.
  if (response === undefined || response.headersSent) return;
  const announced = Number(response.getHeader(READ_AFTER) ?? 0);
  if (number > announced) response.setHeader(READ_AFTER, String(number));
}
