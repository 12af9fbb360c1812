import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { v7 } from 'uuid';
import { StreamFollower } from '../feed/stream-follower';
import type { HttpSender, Message } from '../http/http-sender';
import { OwnershipChecker } from './ownership-checker';
import type { TestDatabase } from '../database/test-database';
import { aCaller, type Caller } from '../app/tokens';

/** A request and the statuses that it may get where nothing fails. */
interface Deed extends Message {
  readonly expected: readonly number[];
}

interface Member extends Caller {
  readonly email: string;
  /** Tasks that an answer has shown to be there; some may be deleted meanwhile. */
  readonly tasks: string[];
  /** Tasks that nobody has asked to delete: they must be there at the end. */
  readonly kept: Set<string>;
  /** How often the account has been erased; what is created meanwhile may go with it. */
  readonly erasures: { begun: number; ended: number };
  cursor: string | undefined;
  /** Of changes. */
  token: string | undefined;
}

export interface MixedLoadOptions {
  readonly users: number;
  /** The load ends after so many, */
  readonly requests?: number;
  /** or after so long. */
  readonly seconds?: number;
  /** Requests under way at any time. */
  readonly concurrency: number;
  readonly seed: number;
  /** Whether 503 with Retry-After is an answer, too. */
  readonly faults: boolean;
}

export interface MixedLoadReport {
  readonly statuses: Readonly<Record<number, number>>;
  /** What must never happen, in words. */
  readonly breaches: readonly string[];
  /** What streams brought meanwhile. */
  readonly events: number;
  /** Every task that must be stored, by owner. */
  readonly kept: ReadonlyMap<string, ReadonlySet<string>>;
}

const LISTS = [
  '?limit=5',
  '?limit=20',
  '?q=of&limit=10',
  '?completed=true&limit=10',
  '?sort=title&limit=10',
  '?sort=-updated_at&q=OF&limit=5',
  '?created_after=2020-01-01T00:00:00Z&limit=10',
] as const;

/** Users who follow their tasks by a stream meanwhile. */
const FOLLOWERS = 50;

/** Many users who do everything that the API offers, at once, and look closely at every answer. */
export class MixedLoad {
  readonly #members: readonly Member[];
  readonly #checker: OwnershipChecker;
  readonly #random: () => number;
  readonly #statuses: Record<number, number> = {};
  readonly #breaches: string[] = [];
  #events = 0;

  private constructor(
    private readonly sender: HttpSender,
    private readonly options: MixedLoadOptions,
    members: readonly Member[],
  ) {
    this.#members = members;
    this.#checker = new OwnershipChecker(members);
    this.#random = pseudoRandom(options.seed);
  }

  static async run(sender: HttpSender, options: MixedLoadOptions): Promise<MixedLoadReport> {
    const members = await Promise.all(Array.from({ length: options.users }, newMember));
    const load = new MixedLoad(sender, options, members);
    const { requests = Infinity, seconds = Infinity } = options;
    let left = requests;
    const ends = performance.now() + seconds * 1_000;
    const work = async (): Promise<void> => {
      while (left-- > 0 && performance.now() < ends) await load.#step();
    };
    const followers = members.slice(0, FOLLOWERS).map((member) => load.#follow(member));
    await Promise.all(Array.from({ length: options.concurrency }, work));
    await Promise.all(followers.map((follower) => follower.stop()));
    for (const { breaches } of followers) load.#breaches.push(...breaches);
    return {
      statuses: load.#statuses,
      breaches: load.#breaches,
      events: load.#events,
      kept: new Map(members.map(({ userId, kept }) => [userId, kept])),
    };
  }

  #follow(member: Member): StreamFollower {
    return new StreamFollower([`http://127.0.0.1:${this.sender.port}`], member, {
      pauseMs: 100,
      onChange: (change) => {
        this.#events += 1;
        const body = JSON.stringify(change);
        const found = this.#checker.breachesIn(member, { status: 200, headers: {}, body });
        this.#breaches.push(...found.map((breach) => `stream of ${member.userId}: ${breach}`));
      },
      // With its account.
      onReset: () => undefined,
    });
  }

  async #step(): Promise<void> {
    const member = this.#pick(this.#members);
    const deed = this.#deedOf(member);
    const { begun, ended } = member.erasures;
    const answer = await this.sender.send(member, deed);
    const { status, headers, body } = answer;
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;

    const refused = this.options.faults && status === 503 && headers['retry-after'] !== undefined;
    const what = `${deed.method} ${deed.path} of ${member.userId}`;
    if (!refused && !deed.expected.includes(status)) {
      this.#breaches.push(`${what}: ${status} ${body}`);
    }
    for (const breach of this.#checker.breachesIn(member, answer)) {
      this.#breaches.push(`${what}: ${breach} in ${body}`);
    }
    const isKept = begun === ended && begun === member.erasures.begun;
    this.#learn(member, deed, { status, body, isKept });
  }

  #learn(
    member: Member,
    { method, path }: Deed,
    { status, body, isKept }: { status: number; body: string; isKept: boolean },
  ): void {
    if (status === 201 && path.endsWith('/tasks')) {
      const { id } = JSON.parse(body) as { id: string };
      this.#checker.own(member, id);
      member.tasks.push(id);
      if (isKept) member.kept.add(id);
    }
    if (status === 200 && path.includes('/tasks?')) {
      const page = JSON.parse(body) as { next_cursor: string | null };
      if (path.endsWith('?limit=5')) member.cursor = page.next_cursor ?? undefined;
    }
    if (status === 200 && path.includes('/changes?')) {
      member.token = (JSON.parse(body) as { next: string }).next;
    }
    // One that was refused may still be under way in PostgreSQL, and never counts as ended.
    const hasEnded = status !== 503 && method === 'DELETE' && path.startsWith('/api/users/');
    if (hasEnded) member.erasures.ended += 1;
  }

  #deedOf(member: Member): Deed {
    const tasks = `/api/${this.#pick([member.userId, 'me'])}/tasks`;
    const dice = this.#random();
    if (dice < 0.25) return this.#create(member, tasks);
    if (dice < 0.5) return this.#list(member, tasks);
    if (dice < 0.58) return this.#trespass(member);
    if (dice < 0.62) return this.#account(member);
    if (dice < 0.7) return this.#sync(member, tasks);
    return this.#onTask(member, tasks);
  }

  #create({ userId }: Member, path: string): Deed {
    const body = { title: `of ${userId}`, description: this.#pick([null, 'x'.repeat(2_000)]) };
    const headers = this.#random() < 0.2 ? { 'idempotency-key': v7() } : {};
    return { method: 'POST', path, headers, body, expected: [201] };
  }

  #list({ cursor }: Member, tasks: string): Deed {
    const query = this.#pick(LISTS);
    const page = cursor !== undefined && query === '?limit=5' ? `&cursor=${cursor}` : '';
    const headers = this.#random() < 0.2 ? { prefer: 'count=exact' } : {};
    return { method: 'GET', path: `${tasks}${query}${page}`, headers, expected: [200] };
  }

  /** What belongs to somebody else is forbidden, and what would be somebody else's is not there. */
  #trespass(member: Member): Deed {
    const other = this.#pick(this.#members);
    const id = other.tasks.length > 0 ? this.#pick(other.tasks) : randomUUID();
    const isOwn = other === member;
    const foreign = `/api/${other.userId}/tasks/${id}`;
    if (this.#random() < 0.3) {
      return { method: 'GET', path: foreign, expected: isOwn ? [200, 404] : [403] };
    }
    if (isOwn) return { method: 'GET', path: `/api/me/tasks/${randomUUID()}`, expected: [404] };
    const path = `/api/me/tasks/${id}`;
    const body = { title: `of ${member.userId}` };
    return this.#pick<Deed>([
      { method: 'GET', path, expected: [404] },
      { method: 'PUT', path, body, expected: [404] },
      { method: 'PATCH', path, body, headers: { 'if-match': '"1"' }, expected: [404] },
      { method: 'PATCH', path: `${path}/complete`, expected: [404] },
      { method: 'DELETE', path, expected: [404] },
    ]);
  }

  #account(member: Member): Deed {
    const path = '/api/users/me';
    if (this.#random() < 0.05) {
      member.erasures.begun += 1;
      member.kept.clear();
      member.tasks.length = 0;
      return { method: 'DELETE', path: `/api/users/${member.userId}`, expected: [204, 404] };
    }
    return this.#pick<Deed>([
      { method: 'GET', path, expected: [200, 404] },
      { method: 'POST', path: '/api/users', expected: [200, 201] },
    ]);
  }

  #sync({ userId, token, tasks: ids }: Member, tasks: string): Deed {
    const trash = tasks.replace(/tasks$/, 'trash');
    const deleted = ids.length > 0 ? this.#pick(ids) : randomUUID();
    const task = { title: `of ${userId}` };
    const operations = [
      { operation: 'create', task },
      { operation: 'patch', task_id: deleted, task },
      { operation: 'complete', task_id: deleted },
    ];
    return this.#pick<Deed>([
      { method: 'GET', path: `${tasks}/changes?limit=20`, expected: [200] },
      {
        method: 'GET',
        path: `${tasks}/changes?limit=20${token === undefined ? '' : `&after=${token}`}`,
        // With the account go its tokens.
        expected: [200, 410],
      },
      { method: 'GET', path: `${trash}?limit=20`, expected: [200] },
      { method: 'POST', path: `${trash}/${deleted}/restore`, expected: [200, 404] },
      { method: 'POST', path: `${tasks}/bulk`, body: { operations }, expected: [200] },
    ]);
  }

  #onTask(member: Member, tasks: string): Deed {
    if (member.tasks.length === 0) return this.#create(member, tasks);
    const id = this.#pick(member.tasks);
    const path = `${tasks}/${id}`;
    const body = { title: `of ${member.userId}`, description: 'changed' };
    const headers = this.#random() < 0.3 ? { 'if-match': '"1"' } : {};
    const expected = [200, 404, 412];
    const deed = this.#pick<Deed>([
      { method: 'GET', path, expected: [200, 404] },
      { method: 'GET', path, headers: { 'if-none-match': '"1"' }, expected: [200, 304, 404] },
      { method: 'PUT', path, headers, body, expected },
      { method: 'PATCH', path, headers, body: { completed: true }, expected },
      { method: 'PATCH', path: `${path}/complete`, headers, expected },
      { method: 'DELETE', path, expected: [204, 404] },
    ]);
    if (deed.method === 'DELETE') member.kept.delete(id);
    return deed;
  }

  #pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.#random() * items.length)];
    if (item === undefined) throw new Error('There is nothing to pick from');
    return item;
  }
}

/** Every row says whose it is, and everything that must be stored is. */
export async function expectStored(
  database: TestDatabase,
  kept: MixedLoadReport['kept'],
): Promise<void> {
  const stored = await database.query<{ user_id: string; id: string; title: string }>(
    'select user_id, id, title from tasks',
  );
  for (const { user_id: owner, title } of stored) expect(title).toBe(`of ${owner}`);
  const ids = new Set(stored.map(({ user_id: owner, id }) => `${owner} ${id}`));
  const lost = Array.from(kept, ([owner, tasks]) => Array.from(tasks, (id) => `${owner} ${id}`))
    .flat()
    .filter((id) => !ids.has(id));
  expect(lost).toEqual([]);
}

async function newMember(): Promise<Member> {
  const userId = randomUUID();
  const email = `${userId}@example.com`;
  const caller = await aCaller({ sub: userId, email, email_verified: true });
  return {
    ...caller,
    email,
    tasks: [],
    kept: new Set(),
    erasures: { begun: 0, ended: 0 },
    cursor: undefined,
    token: undefined,
  };
}

/** Mulberry32: the same seed asks the same things. */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
