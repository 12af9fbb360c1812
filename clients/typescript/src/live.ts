import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Client } from 'openapi-fetch';
import { type Change, changesPage, isExpired } from './changes.js';
import type { paths } from './schema.js';
import { pause } from './retry.js';
import { shown, takingTurns, whileShown } from './shared-turn.js';
import { unwrap } from './task-api-error.js';

export interface LiveOptions {
  /** The last token that `onChanges` was given; absent to begin with all tasks. */
  readonly after?: string;
  /**
   * Called with changes in their order, one call after the other. Store the token together with them,
   * also where there are none: it is newer, and so is good for longer.
   */
  readonly onChanges: (changes: readonly Change[], token: string) => void | Promise<void>;
  /** Changes may be missing: forget all tasks. Those that there are follow. */
  readonly onReset: () => void | Promise<void>;
  /** Told of a connection that failed. It is tried again. */
  readonly onError?: (error: unknown) => void;
  /** The id of the user: the tabs of one browser that give the same one share one stream. */
  readonly sharedAs?: string;
  /** How often to ask where no stream gets through, in milliseconds; 15,000 unless told. */
  readonly pollMs?: number;
}

/** The server sends a comment every 25 s. */
const SILENCE_MS = 60_000;
/** When to try a stream again that a proxy held back. */
const TRY_STREAM_AGAIN_MS = 10 * 60_000;

/** What one tab tells the others: the changes between two tokens. */
interface News {
  readonly from: string | undefined;
  readonly to: string;
  readonly changes: readonly Change[];
}

/**
 * Follows the tasks of the caller until it is stopped. A stream brings changes as they happen; where
 * none gets through, it asks again and again. One tab of a browser streams, and tells the others,
 * because HTTP/1.1 affords six connections to a host. A hidden tab does not stream; when it is shown
 * again, it catches up.
 * @param onToken called with the token of all changes that have been taken
 * @returns stops it
 */
export function followTasks(
  client: Client<paths>,
  options: LiveOptions,
  onToken: (token: string) => void,
): () => void {
  const stopped = new AbortController();
  const feed = new LiveTasks(client, options, stopped.signal, onToken);
  void feed.run();
  return () => stopped.abort();
}

class LiveTasks {
  readonly #channel: BroadcastChannel | undefined;
  readonly #name: string | undefined;
  #token: string | undefined;
  /** Whatever changes the token, one after the other. */
  #work: Promise<void> = Promise.resolve();
  #retryMs = 3_000;
  #streamFrom = 0;

  constructor(
    private readonly client: Client<paths>,
    private readonly options: LiveOptions,
    private readonly stopped: AbortSignal,
    private readonly onToken: (token: string) => void,
  ) {
    this.#token = options.after;
    this.#name = options.sharedAs === undefined ? undefined : `task-api ${options.sharedAs}`;
    if (this.#name !== undefined) this.#channel = new BroadcastChannel(this.#name);
    this.#channel?.addEventListener('message', ({ data }: MessageEvent<News>) => {
      void this.#inTurn(() => this.#hear(data));
    });
    stopped.addEventListener('abort', () => this.#channel?.close());
  }

  async run(): Promise<void> {
    while (!this.stopped.aborted) {
      await shown(this.stopped);
      const signal = whileShown(this.stopped);
      await this.#inTurn(() => this.#catchUp(signal));
      await this.#reported(() => takingTurns(this.#name, signal, () => this.#lead(signal)));
    }
  }

  async #lead(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#inTurn(() => this.#catchUp(signal));
      const { pollMs = 15_000 } = this.options;
      const streamed =
        Date.now() >= this.#streamFrom && (await this.#reported(() => this.#stream(signal)));
      await pause(streamed ? this.#retryMs : pollMs, signal);
    }
  }

  /** Of another tab: what follows on from here is applied, and anything else shows that something is missing. */
  async #hear({ from, to, changes }: News): Promise<void> {
    if (from === this.#token) await this.#take(changes, to);
    else if (to !== this.#token) await this.#catchUp(this.stopped);
  }

  async #catchUp(signal: AbortSignal): Promise<void> {
    for (let hasMore = true; hasMore && !signal.aborted;) {
      const from = this.#token;
      try {
        const page = await changesPage(
          this.client,
          from === undefined ? {} : { after: from },
          signal,
        );
        if (page.next === from) return;
        await this.#take(page.items, page.next);
        this.#tell({ from, to: page.next, changes: page.items });
        hasMore = page.has_more;
      } catch (error) {
        if (!isExpired(error)) throw error;
        this.#token = undefined;
        await this.options.onReset();
      }
    }
  }

  /** Ends with the access token of the request, or where the server wants it; fails where it is silent. */
  async #stream(signal: AbortSignal): Promise<void> {
    const silent = new AbortController();
    const abort = (): void => {
      this.#streamFrom = Date.now() + TRY_STREAM_AGAIN_MS;
      silent.abort(new Error('The stream of tasks is silent: a proxy may hold it back'));
    };
    let watchdog = setTimeout(abort, SILENCE_MS);
    const alive = (): void => {
      clearTimeout(watchdog);
      watchdog = setTimeout(abort, SILENCE_MS);
    };
    try {
      const body = unwrap(
        await this.client.GET('/api/{user_id}/tasks/events', {
          params: {
            path: { user_id: 'me' },
            query: this.#token === undefined ? {} : { after: this.#token },
          },
          parseAs: 'stream',
          signal: AbortSignal.any([signal, silent.signal]),
        }),
      );
      if (body === null) return;
      const onRetry = (ms: number): void => {
        alive();
        this.#retryMs = ms;
      };
      const events = body
        .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
        .pipeThrough(new EventSourceParserStream({ onComment: alive, onRetry }))
        .getReader();
      // Not every browser iterates over a stream.
      for (let next = await events.read(); !next.done; next = await events.read()) {
        const { event, id = '', data } = next.value;
        alive();
        if (event === 'reset') return;
        const changes = event === 'position' ? [] : [JSON.parse(data) as Change];
        await this.#inTurn(() => this.#receive(id, changes));
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  async #receive(to: string, changes: readonly Change[]): Promise<void> {
    const from = this.#token;
    if (to === from) return;
    await this.#take(changes, to);
    this.#tell({ from, to, changes });
  }

  async #take(changes: readonly Change[], token: string): Promise<void> {
    this.onToken(token);
    await this.options.onChanges(changes, token);
    this.#token = token;
  }

  #tell(news: News): void {
    if (!this.stopped.aborted) this.#channel?.postMessage(news);
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(() => this.#reported(work)).then(() => undefined);
    await this.#work;
  }

  /** @returns whether it succeeded; what was stopped on purpose is no failure */
  async #reported(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const isStopped = error instanceof Error && error.name === 'AbortError';
      if (!isStopped) this.options.onError?.(error);
      return false;
    }
  }
}
