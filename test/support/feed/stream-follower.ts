import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from '../app/tokens';
import { EventReader, type ReadEvent } from '../http/event-reader';
import type { ChangeBody } from './changes';

/** What a token begins with, and what follows it: the hour and the check digits. */
const NUMBER = /^(\d+)\d{12}$/;

export interface FollowOptions {
  /** Where the first stream begins; now, where it is undefined. */
  readonly after?: string | undefined;
  /** How soon the client comes back. */
  readonly pauseMs: number;
  /** Called for each stream: after how many characters it is cut. */
  readonly cutAfter?: () => number;
  readonly onChange: (change: ChangeBody) => void;
  /** What the client has is of no use any more. Without it, a reset is a breach. */
  readonly onReset?: () => void;
}

/**
 * A client that comes back whenever its stream ends, with the id of the last event that it has, as one
 * in a browser does. It checks that the numbers of the events grow: no change is told twice, and none
 * is told late.
 */
export class StreamFollower {
  readonly breaches: string[] = [];
  readonly #running: Promise<void>;
  #position: string | undefined;
  #number = 0;
  #reader: EventReader | undefined;
  #streams = 0;
  #isOver = false;

  /** @param urls the servers that it turns to, one after the other */
  constructor(
    private readonly urls: readonly string[],
    readonly caller: Caller,
    private readonly options: FollowOptions,
  ) {
    this.#position = options.after;
    this.#running = this.#follow();
  }

  /** The token of what it knows; undefined until the first stream has begun. */
  get position(): string | undefined {
    return this.#position;
  }

  /** How many streams have begun. */
  get streams(): number {
    return this.#streams;
  }

  cut(): void {
    this.#reader?.close();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    this.cut();
    await this.#running;
  }

  async #follow(): Promise<void> {
    for (let turn = 0; !this.#isOver; turn += 1) {
      // A server that is gone is one to come back to.
      await this.#read(this.urls[turn % this.urls.length] ?? '').catch(() => undefined);
      await sleep(this.options.pauseMs);
    }
  }

  async #read(url: string): Promise<void> {
    const { cutAfter } = this.options;
    const reader = await EventReader.open(url, this.caller, {
      headers: this.#position === undefined ? {} : { 'Last-Event-ID': this.#position },
      ...(cutAfter !== undefined && { cutAfter: cutAfter() }),
      onBlock: (block) => {
        this.#take(block);
      },
    });
    if (reader.status === 200) this.#streams += 1;
    this.#reader = reader;
    if (this.#isOver) reader.close();
    await reader.ended();
    this.#reader = undefined;
    if (reader.status !== 200 && reader.status !== 503) {
      this.breaches.push(`the stream of ${this.caller.userId}: ${reader.status} ${reader.text}`);
    }
  }

  #take({ id, event, data }: ReadEvent): void {
    if (event === 'reset') {
      this.#forget();
      return;
    }
    this.#position = id;
    if (event === 'position') return;
    const number = Number(NUMBER.exec(id ?? '')?.[1]);
    if (!(number > this.#number)) {
      this.breaches.push(`an event that is not later than the one before: ${id} ${data}`);
    }
    this.#number = number;
    this.options.onChange(JSON.parse(data ?? '') as ChangeBody);
  }

  #forget(): void {
    const { onReset } = this.options;
    if (onReset === undefined) this.breaches.push(`the stream behind ${this.#position} was reset`);
    this.#position = undefined;
    this.#number = 0;
    onReset?.();
  }
}
