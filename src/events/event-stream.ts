import type { Response } from 'express';
import type { Change, ChangesPage } from '../changes/changes-reader';
import { isLaterHour, parseSyncToken } from '../changes/sync-token';
import { onAnswerEnd } from '../http/adapter/response-events';
import { eventText, positionText, HEARTBEAT, RESET, retryText } from './event-text';

/** How soon a client comes back to a stream that was cut. */
const RETRY_MS = 3_000;
/** How soon a read is repeated that the database could not answer. */
const READ_AGAIN_MS = 1_000;
/** How old the position of the client may become while nothing changes. */
const FRESH_MS = 3_600_000;
/** Changes that one read asks for, at first and at most. */
const FIRST_LIMIT = 10;
const MOST_LIMIT = 100;
/** Characters that are written at a time. Rows beyond them are read again. */
const MOST_WRITTEN = 32 * 1_024;

/** @returns undefined if the position is invalid or has expired */
export type ReadChanges = (after: string, limit: number) => Promise<ChangesPage | undefined>;

/** Why a stream has ended. */
export const STREAM_ENDS = ['client', 'token', 'reset', 'isolation', 'shutdown', 'fault'] as const;
export type StreamEnd = (typeof STREAM_ENDS)[number];

export interface StreamListener {
  /** Called once. */
  readonly onEnd: (why: StreamEnd) => void;
  /** Called for each change that was sent to the client, with its position. */
  readonly onChange: (token: string) => void;
  /** Whether a read that failed may be repeated. */
  readonly isPassing: (error: unknown) => boolean;
}

/**
 * One open stream: a reader of the feed, never a queue. It knows its position, and a wake-up makes it
 * read from there until nothing is left. While the socket of the client is full it reads nothing, and
 * keeps nothing, so a slow client costs no memory.
 */
export class EventStream {
  #position = '';
  /** The position that the client has. */
  #told = '';
  #readAt = 0;
  #limit = FIRST_LIMIT;
  #isOpen = false;
  #isDue = false;
  #isReading = false;
  #hasEnded = false;
  #again: NodeJS.Timeout | undefined;

  constructor(
    private readonly response: Response,
    private readonly read: ReadChanges,
    private readonly listener: StreamListener,
  ) {
    onAnswerEnd(response, () => {
      this.#finish('client');
    });
  }

  /** Whether its position differs from the feed's, and no read is on its way. */
  isBehind(lastChange: number | undefined): boolean {
    return (
      this.#isOpen &&
      !this.#isReading &&
      parseSyncToken(this.#position)?.number !== (lastChange ?? 0)
    );
  }

  open(position: string): void {
    if (this.#hasEnded) return;
    this.#position = position;
    this.#isOpen = true;
    this.#write(retryText(RETRY_MS));
    this.#tellPosition(position);
    this.wake();
  }

  /** There may be something to read. */
  wake(): void {
    this.#isDue = true;
    if (this.#isOpen && !this.#isReading) void this.#catchUp();
  }

  /** Shows that the stream is alive, where nothing else is on its way, and reads once an hour. */
  pulse(): void {
    if (!this.#isOpen || this.#isFull) return;
    this.#write(HEARTBEAT);
    if (Date.now() >= this.#readAt + FRESH_MS) this.wake();
  }

  /** @param lastWords are omitted if the client does not read */
  end(why: StreamEnd, lastWords = ''): void {
    if (this.#hasEnded) return;
    const isFull = this.#isFull;
    this.#finish(why);
    if (isFull) this.response.destroy();
    else this.response.end(lastWords);
  }

  /** It was never opened: another handler answers. */
  abandon(): void {
    this.#finish('fault');
  }

  async #catchUp(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#isDue && !this.#isFull && !this.#hasEnded) {
        this.#isDue = false;
        this.#take(await this.read(this.#position, this.#limit));
      }
    } catch (error) {
      this.#isDue = true;
      if (this.listener.isPassing(error)) this.#readAgainLater();
      else this.end('fault');
    } finally {
      this.#isReading = false;
    }
  }

  #take(page: ChangesPage | undefined): void {
    if (this.#hasEnded) return;
    if (page === undefined) {
      this.end('reset', RESET);
      return;
    }
    this.#readAt = Date.now();
    const written = this.#tell(page.items);
    const isWhole = written === page.items.length;
    if (isWhole) this.#position = page.next;
    if (isLaterHour(this.#position, this.#told)) this.#tellPosition(this.#position);
    if (!isWhole || page.hasMore) this.#isDue = true;
    // A client that reads little at a time gets small pages.
    this.#limit = isWhole ? Math.min(2 * this.#limit, MOST_LIMIT) : written;
  }

  /** @returns how many of the changes it has written: at least one */
  #tell(changes: readonly Change[]): number {
    let text = '';
    let count = 0;
    for (const { isDeleted, json, token } of changes) {
      if (text.length > MOST_WRITTEN) break;
      this.#position = token();
      text += eventText(isDeleted ? 'deleted' : 'task', this.#position, json);
      count += 1;
      this.listener.onChange(this.#position);
    }
    if (text === '') return count;
    this.#told = this.#position;
    this.#write(text);
    return count;
  }

  /** A token ages while nothing changes, so the client needs new ones then, too. */
  #tellPosition(position: string): void {
    this.#told = position;
    this.#write(positionText(position));
  }

  #write(text: string): void {
    if (this.#hasEnded) return;
    const hasRoom = this.response.write(text);
    if (hasRoom) return;
    this.response.once('drain', () => {
      if (this.#isDue) this.wake();
    });
  }

  get #isFull(): boolean {
    return this.response.writableNeedDrain;
  }

  #readAgainLater(): void {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => {
      this.wake();
    }, READ_AGAIN_MS).unref();
  }

  #finish(why: StreamEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#again);
    this.listener.onEnd(why);
  }
}
