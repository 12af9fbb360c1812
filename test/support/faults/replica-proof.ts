import { v7 } from 'uuid';
import type { Caller } from '../app/tokens';

/** What a write made of a task; without a title it was deleted. */
interface Write {
  /**
   * That of a deletion may be later: it sweeps the trash, and says what has happened until then. A write
   * that got no answer of success is in doubt: nobody has to see it, and anybody may.
   */
  readonly number: number;
  readonly beganAt: number;
  readonly title: string | undefined;
}

/** What a read showed, and what its reader knew before. */
interface Read {
  readonly what: string;
  readonly token: number;
  readonly endedAt: number;
  readonly titles: ReadonlyMap<string, string>;
}

interface Account {
  readonly caller: Caller;
  /** By task, as the answers to the writes tell it. */
  readonly writes: Map<string, Write[]>;
  readonly reads: Read[];
}

export interface ReplicaProofReport {
  /** Reads that showed less than their reader knew, and answers that were no success. */
  readonly stale: readonly string[];
  readonly failures: readonly string[];
}

/** A client sends the highest number that it has met, or forgets it each time, as a check of the check. */
type Memory = 'remembers' | 'forgets';

const READS = ['/api/me/tasks?limit=100', '/api/me/tasks?limit=100&q=v'] as const;
const CLIENTS_OF_USER = 3;
const IN_DOUBT = Infinity;

/**
 * Clients who write and read tasks, several for each user, each with a token of its own. Afterwards each
 * read is held against all writes: it must show the last write of each task up to its token, or a later one.
 */
export class ReplicaProof {
  readonly #accounts: readonly Account[];
  readonly #failures: string[] = [];
  #isOver = false;

  constructor(
    private readonly url: string,
    callers: readonly Caller[],
    private readonly memory: Memory = 'remembers',
  ) {
    this.#accounts = callers.map((caller) => ({ caller, writes: new Map(), reads: [] }));
  }

  /** Runs all clients until this is done. */
  async during(work: Promise<unknown>): Promise<ReplicaProofReport> {
    const clients = this.#accounts.flatMap((account) =>
      Array.from({ length: CLIENTS_OF_USER }, () => this.#beClient(account)),
    );
    await work.finally(() => (this.#isOver = true));
    await Promise.all(clients);
    return { stale: this.staleReads(), failures: this.#failures };
  }

  get reads(): number {
    return this.#accounts.reduce((sum, { reads }) => sum + reads.length, 0);
  }

  get writes(): number {
    const ofAccount = ({ writes }: Account) => [...writes.values()].flat().length;
    return this.#accounts.reduce((sum, account) => sum + ofAccount(account), 0);
  }

  /** Of all reads until now. */
  staleReads(): readonly string[] {
    return this.#accounts.flatMap(staleReads);
  }

  async #beClient(account: Account): Promise<void> {
    const own: string[] = [];
    let token = 0;
    while (!this.#isOver) {
      const isWriter = Math.random() < 0.3;
      if (isWriter) token = Math.max(token, await this.#write(account, own));
      for (const path of READS) token = Math.max(token, await this.#read(account, path, token));
    }
  }

  async #write({ caller, writes }: Account, own: string[]): Promise<number> {
    const title = `v${v7()}`;
    const dice = Math.random();
    const id = own[Math.floor(Math.random() * own.length)];
    const isNew = id === undefined || (dice < 0.3 && own.length < 20);
    const isDeletion = !isNew && dice > 0.85;
    const [method, path] = isNew
      ? (['POST', '/api/me/tasks'] as const)
      : ([isDeletion ? 'DELETE' : 'PATCH', `/api/me/tasks/${id}`] as const);
    const body = isDeletion ? undefined : JSON.stringify({ title });
    const beganAt = performance.now();
    const answer = await this.#send(caller, method, path, {
      ...(body !== undefined && { body, headers: { 'Content-Type': contentType(method) } }),
    });
    if (isNew && answer === undefined) return 0;
    const task = isNew ? (JSON.parse(answer?.text ?? '') as { id: string }).id : id;
    if (isNew) own.push(task);
    if (isDeletion) own.splice(own.indexOf(task), 1);
    const number = answer?.number ?? IN_DOUBT;
    const write = { number, beganAt, title: isDeletion ? undefined : title };
    writes.set(task, [...(writes.get(task) ?? []), write]);
    return answer?.number ?? 0;
  }

  async #read({ caller, reads }: Account, path: string, token: number): Promise<number> {
    const sent = this.memory === 'remembers' ? token : 0;
    // Without any number the client asks for the newest state, which gives it one.
    const headers = token === 0 ? {} : { 'X-Read-After': String(sent) };
    const answer = await this.#send(caller, 'GET', path, { headers });
    if (answer === undefined) return 0;
    const { items } = JSON.parse(answer.text) as { items: { id: string; title: string }[] };
    const titles = new Map(items.map(({ id, title }) => [id, title]));
    reads.push({ what: path, token, endedAt: performance.now(), titles });
    return answer.number;
  }

  async #send(
    { authorization }: Caller,
    method: string,
    path: string,
    init: { readonly body?: string; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<{ readonly text: string; readonly number: number } | undefined> {
    const headers = { ...init.headers, Authorization: authorization };
    const answer = await fetch(`${this.url}${path}`, { ...init, method, headers });
    const text = await answer.text();
    if (answer.ok) return { text, number: Number(answer.headers.get('X-Read-After') ?? 0) };
    this.#failures.push(`${method} ${path}: ${answer.status} ${text}`);
    return undefined;
  }
}

function contentType(method: string): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
}

function staleReads({ writes, reads }: Account): readonly string[] {
  return reads.flatMap((read) =>
    [...writes].flatMap(([task, history]) => {
      const known = history.findLast(({ number }) => number <= read.token);
      if (known === undefined || showsAtLeast(read, task, history, known)) return [];
      return `${read.what} after ${read.token}: ${task} is older than ${known.number}`;
    }),
  );
}

function showsAtLeast(
  { titles, endedAt }: Read,
  task: string,
  history: readonly Write[],
  known: Write,
): boolean {
  const title = titles.get(task);
  const later = history.filter(({ number }) => number >= known.number);
  if (title !== undefined) return later.some((write) => write.title === title);
  return later.some((write) => write.title === undefined && write.beganAt < endedAt);
}
