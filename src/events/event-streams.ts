import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import type { Response } from 'express';
import { type ChangesPage, ChangesReader } from '../changes/changes-reader';
import { isOfNobody, parseSyncToken } from '../changes/sync-token';
import { databaseFault } from '../database/database-errors';
import { FairTurns } from '../database/pool/fair-turns';
import { ClientGoneError } from '../http/adapter/response-events';
import { errorFacts } from '../logging/error-facts';
import { ProblemError, retryLater } from '../problems/problem-error';
import { IsolationStatus } from '../user-scope/isolation-status';
import type { UserScope } from '../user-scope/user-scope';
import { EventStream, STREAM_ENDS, type StreamEnd } from './event-stream';
import { retryText } from './event-text';
import { WatchedFeeds } from './watched-feeds';

/** Streams at a time, of one process. */
const MOST_STREAMS = 1_000;
const MOST_STREAMS_OF_USER = 8;
/** About one batch of a lane: however many streams wake at once, requests find room there. */
const READS_AT_A_TIME = 64;
const READ_WAIT_MS = 5_000;
/** Clients of a stopping process reconnect within this time, not all at once. */
const RETURN_WITHIN_MS = 5_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface StreamRequest {
  readonly scope: UserScope;
  /** A sync token; undefined to begin now. */
  readonly after: string | undefined;
  /** When the access token is of no more use, in milliseconds since 1970. */
  readonly until: number;
}

/** The streams of this process: who may open one, what they read, and when they end. */
@Injectable()
export class EventStreams implements BeforeApplicationShutdown {
  /** Called for each change that is sent to a client as it happens, with its age in seconds. */
  onEvent: (ageSeconds: number) => void = () => undefined;
  readonly #logger = new Logger('Events');
  readonly #streams = new Set<EventStream>();
  readonly #ends = Object.fromEntries(STREAM_ENDS.map((why) => [why, 0])) as Record<
    StreamEnd,
    number
  >;
  readonly #turns = new FairTurns({
    places: READS_AT_A_TIME,
    reserved: 0,
    ofUser: MOST_STREAMS_OF_USER,
    waitMs: READ_WAIT_MS,
  });
  #isClosing = false;

  constructor(
    private readonly changes: ChangesReader,
    private readonly feeds: WatchedFeeds,
    private readonly isolation: IsolationStatus,
  ) {
    isolation.onLoss(() => {
      for (const stream of this.#streams) stream.end('isolation');
    });
  }

  /** Streams that are open. */
  get size(): number {
    return this.#streams.size;
  }

  /** How many streams have ended since the start, and why. */
  get ends(): Readonly<Record<StreamEnd, number>> {
    return this.#ends;
  }

  /**
   * Answers with a stream. The mark of the feed is set before the first read: what is written before the
   * mark is read, what is written behind it wakes the stream.
   * @throws ProblemError `too-many-streams`, `overloaded` or `shutting-down`
   */
  async open({ scope, after, until }: StreamRequest, response: Response): Promise<void> {
    this.#requireRoom(scope);
    if (response.req.socket.destroyed) throw new ClientGoneError();
    const stream = this.#add(scope, until, response);
    try {
      const feed = this.feeds.add(scope, stream);
      const position = after ?? (await this.changes.now(scope));
      await feed.mark();
      stream.open(position);
    } catch (error) {
      stream.abandon();
      throw error;
    }
  }

  /** Before the HTTP server closes, which waits for its answers to end. */
  beforeApplicationShutdown(): void {
    this.#isClosing = true;
    for (const stream of this.#streams) {
      stream.end('shutdown', retryText(Math.ceil(Math.random() * RETURN_WITHIN_MS)) + '\n');
    }
  }

  #requireRoom(scope: UserScope): void {
    if (this.#isClosing) throw retryLater('shutting-down');
    if (this.feeds.streamsOf(scope) >= MOST_STREAMS_OF_USER) {
      throw retryLater('too-many-streams');
    }
    if (this.#streams.size >= MOST_STREAMS) throw retryLater('overloaded');
  }

  #add(scope: UserScope, until: number, response: Response): EventStream {
    const openedAt = Date.now();
    let stopTimer = (): void => undefined;
    const stream = new EventStream(response, (after, limit) => this.#read(scope, after, limit), {
      onEnd: (why) => {
        this.#ends[why] += 1;
        this.#streams.delete(stream);
        this.feeds.remove(scope, stream);
        stopTimer();
      },
      onChange: (token) => {
        const changedAt = (parseSyncToken(token)?.number ?? 0) / 1_000;
        if (changedAt > openedAt) this.onEvent(Math.max(0, Date.now() - changedAt) / 1_000);
      },
      isPassing: (error) => this.#isPassing(error),
    });
    this.#streams.add(stream);
    stopTimer = at(until, () => {
      stream.end('token');
    });
    return stream;
  }

  async #read(scope: UserScope, after: string, limit: number): Promise<ChangesPage | undefined> {
    const refusal = this.isolation.refusal();
    if (refusal !== undefined) throw refusal;
    const endTurn = await this.#turns.take({
      userId: scope.userId,
      isUrgent: false,
      signal: undefined,
    });
    try {
      return isOfNobody(after, scope.userId)
        ? await this.changes.readFirst(scope, { limit })
        : await this.changes.read(scope, after, { limit });
    } finally {
      endTurn();
    }
  }

  #isPassing(error: unknown): boolean {
    if (error instanceof ProblemError || databaseFault(error) !== undefined) return true;
    this.#logger.error({ msg: 'a stream failed', error: errorFacts(error, true) });
    return false;
  }
}

/** Calls back at a time. @returns what prevents it */
function at(time: number, callback: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    if (Date.now() >= time) callback();
    else begin();
  };
  const begin = (): void => {
    timer = setTimeout(wait, Math.min(time - Date.now(), LONGEST_TIMER_MS)).unref();
  };
  begin();
  return () => clearTimeout(timer);
}
