import { createHash, randomBytes } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import type { Client } from 'pg';

const DAY_MS = 24 * 60 * 60 * 1_000;
const SPAN_MS = 365 * DAY_MS;

/** How many users there are, and how many tasks each has. */
export interface DatasetShape {
  readonly users: number;
  readonly tasksPerUser: number;
  /** The users whose number this divides are heavy. */
  readonly heavyEvery: number;
  readonly tasksPerHeavyUser: number;
}

/**
 * `tasks` tasks of `users` users in all. One user in twenty has 200 more than the others, so that a
 * page of 200 exists; with 1,000,000 and 10,000 that is 90 each, and 290 each for 500 of them.
 */
export function mixedShape(tasks: number, users: number): DatasetShape {
  const average = Math.floor(tasks / users);
  if (users % 20 !== 0 || average < 21) {
    throw new Error('The number of users must be a multiple of 20, with 21 tasks or more for each');
  }
  return { users, tasksPerUser: average - 10, heavyEvery: 20, tasksPerHeavyUser: average + 190 };
}

/**
 * The seeded data. Users and tasks go by number, from 1; ids follow from the numbers, in SQL and
 * here alike, so that load generators need no look-up. Tasks of one user are spread over the table
 * as if everybody had worked all year, not stored side by side.
 */
export class Dataset {
  readonly secret = randomBytes(48).toString('base64');
  readonly #issuer = new JwtService({ secret: this.secret, signOptions: { expiresIn: '1d' } });
  readonly #tokens = new Map<number, string>();
  readonly #startMs: number;
  readonly #stepMs: number;

  constructor(readonly shape: DatasetShape) {
    const { users, tasksPerUser, tasksPerHeavyUser } = shape;
    const longest = Math.max(tasksPerUser, tasksPerHeavyUser);
    this.#startMs = Date.now() - SPAN_MS - 30 * DAY_MS;
    this.#stepMs = Math.max(1, Math.floor(SPAN_MS / ((longest + 1) * users)));
  }

  get taskCount(): number {
    const { users, tasksPerUser, heavyEvery, tasksPerHeavyUser } = this.shape;
    const heavy = Math.floor(users / heavyEvery);
    return heavy * tasksPerHeavyUser + (users - heavy) * tasksPerUser;
  }

  /** As random as a UUIDv4, and formed like one. */
  userId(user: number): string {
    const digest = createHash('md5').update(`user ${user}`).digest('hex');
    return uuid(`${digest.slice(0, 12)}4${digest.slice(13, 16)}8${digest.slice(17)}`);
  }

  /** A JWT, signed with the secret by HS256. */
  token(user: number): string {
    const known = this.#tokens.get(user);
    if (known !== undefined) return known;
    const token = this.#issuer.sign({ sub: this.userId(user) });
    this.#tokens.set(user, token);
    return token;
  }

  tasksOf(user: number): number {
    const { tasksPerUser, heavyEvery, tasksPerHeavyUser } = this.shape;
    return user % heavyEvery === 0 ? tasksPerHeavyUser : tasksPerUser;
  }

  /** The id of the `task`th oldest task of the user. */
  taskId(user: number, task: number): string {
    return idAt(this.#startMs + (task * this.shape.users + user) * this.#stepMs, user);
  }

  /** The owner of the `index`th spare task. */
  spareOwner(index: number): number {
    return (index % this.shape.users) + 1;
  }

  /** The id of the `index`th spare task: one that is made to be deleted, newer than all others. */
  spareId(index: number): string {
    return idAt(this.#startMs + SPAN_MS + DAY_MS + index, this.spareOwner(index));
  }

  /** SQL expressions for the same ids, of numbers that are SQL expressions or parameters. */
  sql = {
    userId: (user: string) =>
      `overlay(overlay(md5('user ' || ${user}) placing '4' from 13) placing '8' from 17)::uuid`,
    taskId: (user: string, task: string) =>
      sqlId(`${this.#startMs} + (${task} * ${this.shape.users} + ${user}) * ${this.#stepMs}`, user),
    spareId: (index: string) =>
      sqlId(`${this.#startMs + SPAN_MS + DAY_MS} + ${index}`, this.sql.spareOwner(index)),
    spareOwner: (index: string) => `(${index} % ${this.shape.users} + 1)`,
  };

  /** Fills the migrated, empty tables. The index is built at the end, and no trigger fires. */
  async seed(owner: Client): Promise<void> {
    await owner.query('set session_replication_role = replica');
    await owner.query('alter table tasks drop constraint pk_tasks');
    // The usual way leaves these to the database.
    await owner.query(
      'alter table tasks alter column id set default uuidv7(),' +
        ' alter column created_at set default now(), alter column updated_at set default now()',
    );
    await this.fill(owner);
    await owner.query('alter table tasks add constraint pk_tasks primary key (user_id, id)');
    await owner.query('set session_replication_role = origin');
    await owner.query('vacuum (freeze, analyze) users, tasks');
    await owner.query('checkpoint');
  }

  /** The rows alone. */
  async fill(owner: Client): Promise<void> {
    const { users, heavyEvery, tasksPerUser, tasksPerHeavyUser } = this.shape;
    await owner.query(
      `insert into users (id, email, created_at)
         select ${this.sql.userId('u')}, 'user' || u || '@example.com', to_timestamp(${this.#startMs} / 1000.0)
         from generate_series(1, ${users}) u`,
    );
    await this.#seedTasks(owner, { every: 1, first: 1, last: tasksPerUser });
    await this.#seedTasks(owner, {
      every: heavyEvery,
      first: tasksPerUser + 1,
      last: tasksPerHeavyUser,
    });
  }

  /** Makes the spare tasks from number `first` on. */
  async addSpareTasks(owner: Client, first: number, count: number): Promise<void> {
    const { userId, spareId, spareOwner } = this.sql;
    await owner.query(
      `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
         select ${userId(spareOwner('n'))}, ${spareId('n')}, 'Spare task ' || n, false, 1, now(), now()
         from generate_series(${first}::bigint, ${first + count - 1}) n`,
    );
  }

  /** Tasks number `first` to `last` of every user whose number `every` divides, oldest first. */
  async #seedTasks(
    owner: Client,
    { every, first, last }: { every: number; first: number; last: number },
  ): Promise<void> {
    const users = Math.floor(this.shape.users / every);
    const count = users * (last - first + 1);
    const ms = `${this.#startMs} + (k * ${this.shape.users} + u) * ${this.#stepMs}`;
    const created = `to_timestamp((${ms}) / 1000.0)`;
    await owner.query(
      `insert into tasks (user_id, id, title, description, completed, version, created_at, updated_at)
         select ${this.sql.userId('u')}, ${this.sql.taskId('u', 'k')},
           case when k % 10 = 0 then 'Rückruf wegen „Angebot ' || k || '“, "dringend"'
                else 'Ask the supplier about order ' || (k * 7919 + u) end,
           case when k % 2 = 0 then repeat('They promised an answer by the end of the week. ', 2) end,
           k % 3 = 0, 1, ${created}, ${created}
         from (select n / ${users} + ${first} as k, (n % ${users} + 1) * ${every} as u
               from generate_series(0::bigint, ${count - 1}) n) number`,
    );
  }
}

/** A UUIDv7 of that millisecond, with the owner's number in the place of random bits. */
function idAt(ms: number, user: number): string {
  return uuid(`${hex(ms)}70008000${hex(user)}`);
}

function sqlId(ms: string, user: string): string {
  const sqlHex = (value: string): string => `lpad(to_hex((${value})::bigint), 12, '0')`;
  return `(${sqlHex(ms)} || '70008000' || ${sqlHex(user)})::uuid`;
}

function hex(value: number): string {
  return value.toString(16).padStart(12, '0');
}

function uuid(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
