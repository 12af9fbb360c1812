import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { onAnswerEnd } from '../../http/adapter/response-events';
import { retryLater } from '../../problems/problem-error';

/** Smaller pages are not counted: the number of connections bounds what they take. */
const LARGE_PAGE_LENGTH = 64 * 1024;
/** Of pages that clients have yet to take, in one process. The largest page has 8 MiB. */
const MOST_BYTES = 64 * 1024 * 1024;
/** A part of them, so that nobody's slow clients keep others from their pages. */
const MOST_BYTES_OF_USER = MOST_BYTES / 2;

/** Bounds the memory of large pages on their way to clients who take them slowly, or not at all. */
@Injectable()
export class LargePages {
  #bytes = 0;
  readonly #bytesByUser = new Map<string, number>();

  /**
   * Counts a page until it is taken, or its connection has gone.
   * @throws ProblemError `overloaded` where clients have yet to take too much
   */
  admit(userId: string, page: string, response: Response): void {
    if (page.length < LARGE_PAGE_LENGTH) return;
    const bytes = Buffer.byteLength(page);
    const ofUser = (this.#bytesByUser.get(userId) ?? 0) + bytes;
    if (this.#bytes + bytes > MOST_BYTES || ofUser > MOST_BYTES_OF_USER) {
      throw retryLater('overloaded');
    }
    this.#hold(userId, bytes, response);
  }

  /** Counts it likewise, and never refuses: an answer that tells what has been written. */
  hold(userId: string, page: string, response: Response): void {
    if (page.length < LARGE_PAGE_LENGTH) return;
    this.#hold(userId, Buffer.byteLength(page), response);
  }

  #hold(userId: string, bytes: number, response: Response): void {
    // A connection that has gone says so no more.
    if (response.req.socket.destroyed) return;
    this.#count(userId, bytes);
    onAnswerEnd(response, () => {
      this.#count(userId, -bytes);
    });
  }

  #count(userId: string, bytes: number): void {
    this.#bytes += bytes;
    const ofUser = (this.#bytesByUser.get(userId) ?? 0) + bytes;
    if (ofUser > 0) this.#bytesByUser.set(userId, ofUser);
    else this.#bytesByUser.delete(userId);
  }
}
