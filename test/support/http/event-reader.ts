import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import type { TaskBody } from './answers';
import type { Caller } from '../app/tokens';

/** One block: an event, or a position. */
export interface ReadEvent {
  /** Absent where the block has none. */
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

export interface StreamOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Characters after which the client cuts the connection, be it in the middle of an event. */
  readonly cutAfter?: number;
  /** Called for each block when it has come. */
  readonly onBlock?: (block: ReadEvent) => void;
}

/** A client of the stream, which reads it as a browser would. */
export class EventReader {
  /** Everything that has come, in its order. */
  readonly blocks: ReadEvent[] = [];
  /** Everything that has come, as text. */
  text = '';
  /** What the server asks for, as it came. */
  readonly retries: number[] = [];
  comments = 0;
  hasEnded = false;
  #rest = '';
  #taken = 0;
  #notify: () => void = () => undefined;
  readonly #onBlock: (block: ReadEvent) => void;

  private constructor(
    private readonly request: ClientRequest,
    readonly response: IncomingMessage,
    { cutAfter = Infinity, onBlock = () => undefined }: StreamOptions,
  ) {
    this.#onBlock = onBlock;
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      const room = cutAfter - this.text.length;
      this.#read(text.slice(0, Math.max(0, room)));
      if (text.length >= room) this.close();
    });
    const end = (): void => {
      this.hasEnded = true;
      this.#notify();
    };
    response.on('close', end);
    response.on('error', end);
  }

  /** Opens the stream of a user, whatever the answer is. */
  static async open(
    url: string,
    caller: Caller,
    options: StreamOptions = {},
  ): Promise<EventReader> {
    const { query = {}, headers = {} } = options;
    const search = new URLSearchParams(query).toString();
    const path = `/api/me/tasks/events${search === '' ? '' : `?${search}`}`;
    const request = get(new URL(path, url), {
      agent: false,
      headers: { Authorization: caller.authorization, ...headers },
    });
    request.on('error', () => undefined);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const reader = new EventReader(request, response, options);
    // The first block is on its way: from now on nothing that happens is missed.
    if (response.statusCode === 200) {
      await reader.until(() => reader.blocks.length > 0 || reader.hasEnded);
    }
    return reader;
  }

  get status(): number | undefined {
    return this.response.statusCode;
  }

  /** Of the last block that has one. */
  get lastId(): string | undefined {
    return this.blocks.findLast(({ id }) => id !== undefined)?.id;
  }

  /** All events so far, without positions. */
  get events(): readonly ReadEvent[] {
    return this.blocks.filter(({ event }) => event !== 'position');
  }

  /** The next event. Fails where the stream ends before. */
  async next(): Promise<ReadEvent> {
    await this.until(() => this.events.length > this.#taken || this.hasEnded);
    const event = this.events[this.#taken];
    if (event === undefined) throw new Error('The stream has ended');
    this.#taken += 1;
    return event;
  }

  /** The task of the next event. */
  async nextTask(): Promise<TaskBody> {
    const { event, data } = await this.next();
    if (event !== 'task') throw new Error(`A task was awaited, not ${event ?? 'nothing'}`);
    return JSON.parse(data ?? '') as TaskBody;
  }

  /** Waits for a state, which is looked at whenever something comes. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => (this.#notify = resolve));
    }
  }

  ended(): Promise<void> {
    return this.until(() => this.hasEnded);
  }

  /** Cuts the connection. */
  close(): void {
    this.request.destroy();
  }

  #read(text: string): void {
    this.text += text;
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) this.#take(block.split('\n'));
    this.#notify();
  }

  #take(lines: readonly string[]): void {
    const block: Record<string, string> = {};
    for (const line of lines) {
      const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (field === '') this.comments += 1;
      else if (field === 'retry') this.retries.push(Number(value));
      else block[field] = value;
    }
    if (Object.keys(block).length === 0) return;
    this.blocks.push(block);
    this.#onBlock(block);
  }
}

/** A parser for superagent: a stream does not end by itself, so its first block stands for it. */
export function firstBlock(
  response: unknown,
  done: (error: Error | null, body: unknown) => void,
): void {
  const answer = response as IncomingMessage & { text: string };
  answer.setEncoding('utf8');
  answer.text = '';
  answer.on('data', (text: string) => {
    answer.text += text;
    if (answer.statusCode !== 200 || !answer.text.includes('\n\n')) return;
    answer.removeAllListeners('end');
    done(null, {});
    answer.destroy();
  });
  answer.on('end', () => {
    done(null, answer.text === '' ? {} : JSON.parse(answer.text));
  });
}
