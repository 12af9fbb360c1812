import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dataset } from './dataset';
import { cpuMs, residentMib } from './process-usage';
import type { RunningServer } from './server-process';

/** What idle streams cost their server. */
export interface IdleStreams {
  readonly streams: number;
  /** Of resident memory, for each stream. */
  readonly kib: number;
  /** Of one core, for all streams, with their comments and marks. */
  readonly percentOfCore: number;
}

/** How late events are while the server is loaded. */
export interface EventLag {
  readonly events: number;
  readonly writesPerSecond: number;
  /** From the number of each change, the clock of its transaction, to the client. */
  readonly milliseconds: readonly number[];
}

/** The digits of an event's id that are the number of the change, in microseconds. */
const NUMBER_DIGITS = 16;
const SETTLE_MS = 3_000;

/** Clients that hold streams, and read them. */
export class StreamClients {
  readonly #agent = new Agent({ maxSockets: Infinity });
  readonly #lags: number[] = [];

  constructor(
    private readonly server: RunningServer,
    private readonly dataset: Dataset,
  ) {}

  /** Opens a stream of each of the first users, and measures the server while nothing happens. */
  async idle(streams: number, seconds: number): Promise<IdleStreams> {
    const { pid = 0 } = this.server;
    const before = residentMib(pid);
    for (let user = 1; user <= streams; user += 1) await this.#open(user);
    await sleep(SETTLE_MS);
    const kib = ((residentMib(pid) - before) * 1_024) / streams;
    const cpuBefore = cpuMs(pid);
    await sleep(seconds * 1_000);
    const percentOfCore = (cpuMs(pid) - cpuBefore) / (seconds * 10);
    return { streams, kib, percentOfCore };
  }

  /** Users who have streams write, so many at a time, each after the answer to the last one. */
  async loaded(users: number, connections: number, seconds: number): Promise<EventLag> {
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    const until = performance.now() + seconds * 1_000;
    this.#lags.length = 0;
    let writes = 0;
    const writer = async (): Promise<void> => {
      while (performance.now() < until) {
        await this.#toggle(agent, 1 + Math.floor(Math.random() * users));
        writes += 1;
      }
    };
    await Promise.all(Array.from({ length: connections }, writer));
    await sleep(SETTLE_MS);
    agent.destroy();
    const milliseconds = this.#lags.toSorted((a, b) => a - b);
    return { events: milliseconds.length, writesPerSecond: writes / seconds, milliseconds };
  }

  close(): void {
    this.#agent.destroy();
  }

  #open(user: number): Promise<void> {
    const headers = { Authorization: `Bearer ${this.dataset.token(user)}` };
    const url = new URL('/api/me/tasks/events', this.server.url);
    return new Promise((resolve, reject) => {
      const stream = request(url, { agent: this.#agent, headers }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`Status ${response.statusCode}`));
        response.setEncoding('utf8').on('data', (text: string) => {
          this.#note(text);
          resolve();
        });
        response.on('error', () => undefined);
      });
      stream.on('error', reject);
      stream.end();
    });
  }

  #note(text: string): void {
    const now = Date.now();
    for (const [, number] of text.matchAll(/^id: (\d{16})\d+\nevent: /gm)) {
      this.#lags.push(now - Number((number ?? '').slice(0, NUMBER_DIGITS)) / 1_000);
    }
  }

  #toggle(agent: Agent, user: number): Promise<void> {
    const path = `/api/me/tasks/${this.dataset.taskId(user, 1)}/complete`;
    const headers = { Authorization: `Bearer ${this.dataset.token(user)}` };
    return new Promise((resolve, reject) => {
      const options = { agent, headers, method: 'PATCH' };
      const write = request(new URL(path, this.server.url), options, (response) => {
        if (response.statusCode !== 200) reject(new Error(`Status ${response.statusCode}`));
        response.resume().on('end', resolve);
      });
      write.on('error', reject);
      write.end();
    });
  }
}
