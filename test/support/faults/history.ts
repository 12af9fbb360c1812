import { expect } from '@jest/globals';
import { v7 } from 'uuid';
import { eventually } from '../app/eventually';
import { type Counts, reportFault } from './fault-report';
import { HistoryAudit, type StoredTask } from './history-audit';
import { HistoryClient } from './history-client';
import { HistoryStreams } from './history-streams';
import type { Answer, Message } from '../http/http-sender';
import { aCaller, type Caller } from '../app/tokens';

/** A task that somebody was told exists. */
interface KnownTask {
  readonly id: string;
  title: string;
  version: string;
  /**
   * Whether its creation was sent more than once. The first sending may still be under way, and
   * would make the task anew after a deletion, as any create would: it is never deleted here.
   */
  readonly isTwiceSent: boolean;
}

/** One client, who alone writes its tasks, so that it knows what each must be. */
interface Writer {
  readonly caller: Caller;
  readonly name: string;
  readonly tasks: Map<string, KnownTask>;
  readonly deleted: string[];
  count: number;
}

/** The server that clients write to. */
interface Written {
  readonly port: number;
  /** Every task, asked of PostgreSQL itself. */
  readonly stored: () => Promise<readonly StoredTask[]>;
}

interface HistoryOptions {
  readonly users?: number;
  readonly writersOfEach?: number;
}

/**
 * F26: clients who write all the time while something fails, and record what they were told. Afterwards
 * every acknowledged write is there, none twice, none of another user, and nothing deleted is back. A
 * stream of each user has told of all of it, and of nothing twice.
 *
 * What gets no clear answer is repeated until it has one where the API makes that safe: creates with
 * a key, changes with If-Match, deletions. A create without a key is sent once, and may exist.
 */
export class History {
  readonly #writers: readonly Writer[];
  readonly #running: Promise<unknown>;
  /** Titles of creates without a key that got no clear answer. */
  readonly #inDoubt = new Set<string>();
  #acknowledged = 0;
  #isStopping = false;

  private constructor(
    private readonly written: Written,
    private readonly client: HistoryClient,
    private readonly streams: HistoryStreams,
    writers: readonly Writer[],
  ) {
    this.#writers = writers;
    this.#running = Promise.all(writers.map((writer) => this.#write(writer)));
  }

  static async begin(
    written: Written,
    { users = 4, writersOfEach = 3 }: HistoryOptions = {},
  ): Promise<History> {
    const callers = await Promise.all(Array.from({ length: users }, () => aCaller()));
    const writers = callers.flatMap((caller) =>
      Array.from({ length: writersOfEach }, (_, n) => ({
        // Its own object, so that each counts as a client.
        caller: { ...caller },
        name: `${caller.userId} ${n}`,
        tasks: new Map<string, KnownTask>(),
        deleted: [],
        count: 0,
      })),
    );
    const client = new HistoryClient(written.port, writers.length);
    const streams = await HistoryStreams.begin(client.url, callers);
    const history = new History(written, client, streams, writers);
    await history.acknowledges(writers.length * 3);
    // Each has an account by then, which some faults let nobody make.
    await eventually(() => writers.every(({ tasks, deleted }) => tasks.size + deleted.length > 0));
    return history;
  }

  /** Waits until that many more writes are acknowledged. */
  async acknowledges(writes: number): Promise<void> {
    const enough = this.#acknowledged + writes;
    await eventually(() => this.#acknowledged >= enough);
  }

  /** Waits until that many more requests are answered with 503. */
  async isRefused(times: number): Promise<void> {
    const enough = this.client.counts['5xx'] + times;
    await eventually(() => this.client.counts['5xx'] >= enough);
  }

  /** Waits until that many more requests get no answer. */
  async isCutOff(times: number): Promise<void> {
    const enough = this.client.counts.aborted + times;
    await eventually(() => this.client.counts.aborted >= enough);
  }

  /** The fault has ended: waits until every client is served again. */
  async recovers(): Promise<void> {
    this.client.markHealed();
    await eventually(() => this.client.recoveryMs(this.#writers.length) !== undefined);
  }

  /** Ends it, expects what is stored to be what clients were told, and reports what they saw. */
  async end(fault: string): Promise<Counts> {
    this.#isStopping = true;
    await this.#running;
    this.client.close();
    const unheard = await this.streams.end(this.#writers);
    const audit = new HistoryAudit(await this.written.stored(), this.#inDoubt);
    for (const writer of this.#writers) audit.check(writer.caller, writer);
    const { counts, longestWaitMs } = this.client;
    const recoveryMs = this.client.recoveryMs(this.#writers.length);
    const breaches = [...this.client.breaches, ...audit.breachesOf(this.#writers), ...unheard];
    const { lost } = audit;
    const [acknowledged, gone] = [this.#acknowledged, lost.length];
    reportFault({ fault, counts, recoveryMs, longestWaitMs, acknowledged, lost: gone });
    expect({ breaches, lost }).toEqual({ breaches: [], lost: [] });
    return counts;
  }

  async #write(writer: Writer): Promise<void> {
    while (!this.#isStopping) {
      const dice = Math.random();
      const task = anyOf([...writer.tasks.values()]);
      if (task === undefined || dice < 0.4) await this.#create(writer);
      else if (dice < 0.65) await this.#change(writer, task);
      else if (dice < 0.75) await this.#delete(writer, task);
      else await this.#read(writer, task);
    }
  }

  async #create(writer: Writer): Promise<void> {
    const title = `of ${writer.name} ${(writer.count += 1)}`;
    const message = { method: 'POST', path: '/api/me/tasks', body: { title } };
    if (Math.random() < 0.5) {
      const id = v7();
      const keyed = { ...message, headers: { 'idempotency-key': id } };
      const { answer, attempts } = await this.client.settle(writer.caller, keyed);
      // 200 where an earlier attempt had been done after all.
      const isDone = answer.status === 201 || (answer.status === 200 && attempts > 1);
      this.#expect(isDone && idIn(answer.body) === id, keyed, `${answer.status} ${answer.body}`);
      this.#acknowledged += 1;
      const version = versionOf(answer);
      this.#expect(version !== '', keyed, 'no version');
      writer.tasks.set(id, { id, title, version, isTwiceSent: attempts > 1 });
    } else {
      const answer = await this.client.attempt(writer.caller, message);
      if (answer?.status !== 201) {
        this.#inDoubt.add(title);
        return;
      }
      this.#acknowledged += 1;
      const id = idIn(answer.body);
      const version = versionOf(answer);
      this.#expect(version !== '', message, 'no version');
      writer.tasks.set(id, { id, title, version, isTwiceSent: false });
    }
  }

  async #change(writer: Writer, task: KnownTask): Promise<void> {
    const title = `of ${writer.name} ${(writer.count += 1)}`;
    const message = {
      method: 'PATCH',
      path: `/api/me/tasks/${task.id}`,
      headers: { 'if-match': `"${task.version}"` },
      body: { title },
    };
    const { answer, attempts } = await this.client.settle(writer.caller, message);
    // Where an earlier attempt had been done after all, this one finds its version.
    const isDone = answer.status === 200 || (answer.status === 412 && attempts > 1);
    const version = versionOf(answer);
    // Numbers of a feed, all of them equally long.
    this.#expect(isDone && version > task.version, message, `${answer.status} ${answer.body}`);
    this.#acknowledged += 1;
    task.title = title;
    task.version = version;
  }

  async #delete(writer: Writer, task: KnownTask): Promise<void> {
    if (task.isTwiceSent) return;
    const message = { method: 'DELETE', path: `/api/me/tasks/${task.id}` };
    writer.tasks.delete(task.id);
    const { answer, attempts } = await this.client.settle(writer.caller, message);
    const isDone = answer.status === 204 || (answer.status === 404 && attempts > 1);
    this.#expect(isDone, message, `${answer.status} ${answer.body}`);
    this.#acknowledged += 1;
    writer.deleted.push(task.id);
  }

  /** Whoever reads sees the last write that was acknowledged, and nothing that was deleted. */
  async #read(writer: Writer, { id, title, version }: KnownTask): Promise<void> {
    const deleted = anyOf(writer.deleted);
    const isGone = deleted !== undefined && Math.random() < 0.3;
    const message = { method: 'GET', path: `/api/me/tasks/${isGone ? deleted : id}` };
    const answer = await this.client.attempt(writer.caller, message);
    if (answer === undefined || answer.status === 503) return;
    if (isGone) {
      this.#expect(answer.status === 404, message, answer.body);
    } else {
      const seen = JSON.parse(answer.body) as { title: string; user_id: string };
      const isSame = seen.title === title && seen.user_id === writer.caller.userId;
      this.#expect(isSame && answer.headers.etag === `"${version}"`, message, answer.body);
    }
  }

  #expect(isRight: boolean, { method, path }: Message, found: string): void {
    if (!isRight) this.client.breaches.push(`${method} ${path}: ${found}`);
  }
}

/** Empty where there is none. */
function versionOf({ headers }: Answer): string {
  return /^"([1-9]\d{15})"$/.exec(headers.etag ?? '')?.[1] ?? '';
}

function idIn(body: string): string {
  return (JSON.parse(body) as { id: string }).id;
}

function anyOf<Item>(items: readonly Item[]): Item | undefined {
  return items[Math.floor(Math.random() * items.length)];
}
