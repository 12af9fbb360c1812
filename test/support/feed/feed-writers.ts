import { setTimeout as sleep } from 'node:timers/promises';
import { v7 } from 'uuid';
import { eventually } from '../app/eventually';
import type { Caller } from '../app/tokens';
import type { HistoryClient, Settled } from '../faults/history-client';
import type { TaskBody } from '../http/answers';
import type { Message } from '../http/http-sender';
import { anyOperations, type BulkOperation, type BulkResult, settleBulk } from './bulk-writes';
import type { FeedTruth } from './feed-truth';

/** One client, who alone writes its tasks, so that it knows what each must be. */
interface Writer {
  readonly caller: Caller;
  readonly versions: Map<string, number>;
  readonly deleted: Set<string>;
}

/** A way to write, for a writer that can. */
interface Deed {
  readonly weight: number;
  readonly isPossible: (writer: Writer) => boolean;
  readonly run: (writer: Writer) => Promise<void>;
}

/**
 * Clients who write all the time, many of them for the same user, and record what they were told. What
 * gets no clear answer is repeated until it has one.
 */
export class FeedWriters {
  readonly #running: Promise<unknown>;
  #acknowledged = 0;
  #isStopping = false;

  /** Add here how else tasks can be written. */
  readonly #deeds: readonly Deed[] = [
    { weight: 3, isPossible: () => true, run: (writer) => this.#create(writer) },
    {
      weight: 3,
      isPossible: hasTasks,
      run: (writer) =>
        this.#change(writer, (id) => ({
          method: 'PATCH',
          path: `/api/me/tasks/${id}`,
          body: { title: v7() },
        })),
    },
    {
      weight: 1,
      isPossible: hasTasks,
      run: (writer) =>
        this.#change(writer, (id) => ({
          method: 'PUT',
          path: `/api/me/tasks/${id}`,
          body: { title: v7(), tags: ['replaced'] },
        })),
    },
    {
      weight: 3,
      isPossible: hasTasks,
      run: (writer) =>
        this.#change(writer, (id) => ({ method: 'PATCH', path: `/api/me/tasks/${id}/complete` })),
    },
    { weight: 2, isPossible: hasTasks, run: (writer) => this.#delete(writer) },
    {
      weight: 1,
      isPossible: ({ deleted }) => deleted.size > 0,
      run: (writer) => this.#restore(writer),
    },
    {
      weight: 1,
      isPossible: ({ deleted }) => deleted.size > 0,
      run: (writer) => this.#purge(writer),
    },
    { weight: 2, isPossible: () => true, run: (writer) => this.#bulk(writer) },
  ];

  /** @param callers each writer is one of them; several may be the same user */
  constructor(
    private readonly client: HistoryClient,
    private readonly truth: FeedTruth,
    callers: readonly Caller[],
  ) {
    const writers = callers.map((caller) => ({
      caller: { ...caller },
      versions: new Map<string, number>(),
      deleted: new Set<string>(),
    }));
    this.#running = Promise.all(writers.map((writer) => this.#write(writer)));
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Waits until that many more writes are acknowledged. */
  async acknowledge(writes: number): Promise<void> {
    const enough = this.#acknowledged + writes;
    await eventually(() => this.#acknowledged >= enough);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  async #write(writer: Writer): Promise<void> {
    while (!this.#isStopping) {
      const possible = this.#deeds.filter(({ isPossible }) => isPossible(writer));
      let dice = Math.random() * possible.reduce((sum, { weight }) => sum + weight, 0);
      const deed = possible.find(({ weight }) => (dice -= weight) < 0);
      await deed?.run(writer);
      this.#acknowledged += 1;
      if (Math.random() < 0.1) await sleep(Math.random() * 8);
    }
  }

  async #create(writer: Writer): Promise<void> {
    const id = v7();
    const headers = { 'idempotency-key': id };
    const body = { title: id };
    const message = { method: 'POST', path: '/api/me/tasks', headers, body };
    const settled = await this.client.settle(writer.caller, message);
    const isDone = settled.answer.status === (settled.attempts > 1 ? 200 : 201);
    await this.#learn(writer, id, message, settled, isDone || settled.answer.status === 201);
  }

  async #change(writer: Writer, messageFor: (id: string) => Message): Promise<void> {
    const [id, version] = anyOf([...writer.versions]);
    const message = { ...messageFor(id), headers: { 'if-match': `"${version}"` } };
    const settled = await this.client.settle(writer.caller, message);
    await this.#learn(writer, id, message, settled, settled.answer.status === 200);
  }

  async #delete(writer: Writer): Promise<void> {
    const [id] = anyOf([...writer.versions]);
    const message = { method: 'DELETE', path: `/api/me/tasks/${id}` };
    writer.versions.delete(id);
    const { answer, attempts } = await this.client.settle(writer.caller, message);
    if (answer.status !== 204 && !(answer.status === 404 && attempts > 1)) {
      this.#reject(message, `${answer.status} ${answer.body}`);
      return;
    }
    // A first sending that is still under way would delete it again, once it is restored.
    if (attempts === 1) writer.deleted.add(id);
    this.truth.deleted(writer.caller.userId, id);
  }

  async #restore(writer: Writer): Promise<void> {
    const id = anyOf([...writer.deleted]);
    const message = { method: 'POST', path: `/api/me/trash/${id}/restore` };
    writer.deleted.delete(id);
    const settled = await this.client.settle(writer.caller, message);
    await this.#learn(writer, id, message, settled, settled.answer.status === 200);
  }

  /** It stays deleted, and readers may be told so once more. */
  async #purge(writer: Writer): Promise<void> {
    const id = anyOf([...writer.deleted]);
    const message = { method: 'DELETE', path: `/api/me/trash/${id}` };
    writer.deleted.delete(id);
    const { answer, attempts } = await this.client.settle(writer.caller, message);
    const isDone = answer.status === 204 || (answer.status === 404 && attempts > 1);
    if (!isDone) this.#reject(message, `${answer.status} ${answer.body}`);
  }

  async #bulk(writer: Writer): Promise<void> {
    const operations = anyOperations(writer);
    const { results, isRepeated } = await settleBulk(this.client, writer.caller, operations);
    if (isRepeated) {
      const ids = operations.map(({ task_id: id }, n) => id ?? results[n]?.task?.id ?? '');
      if (ids.includes('')) this.truth.breaches.push(`a create of ${JSON.stringify(results)}`);
      for (const id of new Set(ids)) await this.#lookAt(writer, id);
    } else {
      operations.forEach((operation, n) => {
        this.#learnOf(writer, operation, results[n]);
      });
    }
  }

  #learnOf(writer: Writer, operation: BulkOperation, result: BulkResult | undefined): void {
    const { status, etag, task, replayed = false } = result ?? { status: 0 };
    const { operation: kind, task_id: id = task?.id ?? '' } = operation;
    if (status === 204 && kind === 'delete' && !replayed) {
      this.#learnDeletion(writer, id);
    } else if (status === (kind === 'create' ? 201 : 200) && task !== undefined && !replayed) {
      this.#learnState(writer, task, numberOf(etag));
    } else {
      const found = JSON.stringify(result);
      this.truth.breaches.push(`${JSON.stringify(operation)} of a bulk: ${found}`);
    }
  }

  /** What became of a task that was written in an order which nobody knows. */
  async #lookAt(writer: Writer, id: string): Promise<void> {
    const read = { method: 'GET', path: `/api/me/tasks/${id}` };
    const { answer } = await this.client.settle(writer.caller, read);
    this.truth.passedOver(id);
    if (answer.status === 404) this.#learnDeletion(writer, id);
    else
      this.#learnState(writer, JSON.parse(answer.body) as TaskBody, numberOf(answer.headers.etag));
  }

  #learnDeletion(writer: Writer, id: string): void {
    writer.versions.delete(id);
    writer.deleted.add(id);
    this.truth.deleted(writer.caller.userId, id);
  }

  #learnState(writer: Writer, task: TaskBody, number: number): void {
    writer.deleted.delete(task.id);
    writer.versions.set(task.id, number);
    this.truth.stored(task, number);
  }

  /** Where an earlier attempt had been done after all, reading says what it has made. */
  async #learn(
    writer: Writer,
    id: string,
    message: Message,
    { answer, attempts }: Settled,
    isDone: boolean,
  ): Promise<void> {
    if (!isDone && attempts === 1) this.#reject(message, `${answer.status} ${answer.body}`);
    const read = { method: 'GET', path: `/api/me/tasks/${id}` };
    const found = isDone ? answer : (await this.client.settle(writer.caller, read)).answer;
    const number = numberOf(found.headers.etag);
    if (Number.isNaN(number)) {
      this.#reject(message, `${found.status} ${found.body}`);
      return;
    }
    this.truth.stored(JSON.parse(found.body) as TaskBody, number);
    // A first sending that is still under way would make it again, so it is never deleted.
    if (attempts === 1 || message.method !== 'POST') writer.versions.set(id, number);
  }

  #reject({ method, path }: Message, found: string): void {
    this.truth.breaches.push(`${method} ${path}: ${found}`);
  }
}

function numberOf(etag: string | undefined): number {
  return Number(/^"(\d+)"$/.exec(etag ?? '')?.[1]);
}

function hasTasks({ versions }: Writer): boolean {
  return versions.size > 0;
}

function anyOf<Item>(items: readonly Item[]): Item {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error('There is nothing to choose from');
  return item;
}
