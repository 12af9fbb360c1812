import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { moveUser } from '../../../src/cli/accounts/move-user';
import { userIdOf } from '../../../src/auth/identity';
import { namedUser, type UserNaming } from '../../../src/cli/accounts/named-user';
import { parseEnv } from '../../../src/config/env';
import { OWNER_COLUMN } from '../../../src/database/isolation/isolation-plan';
import { userIdOfEmail } from '../../../src/database/operator/user-id-of-email';
import { newTask } from '../../../src/tasks/task-id';
import { outcomeOf } from '../../support/app/outcome';
import { OrdinaryOwner } from '../../support/database/ordinary-owner';
import { TestDatabase } from '../../support/database/test-database';

const BORN = '2026-11-22 09:30:00.125+00';
const PROVIDER = { AUTH_ISSUER: 'https://id.example.com', AUTH_AUDIENCE: 'task-api' };

let database: TestDatabase;
beforeAll(async () => {
  database = await TestDatabase.create();
});
afterAll(() => database.drop());

async function anAccount(email: string | null, tasks: number): Promise<string> {
  const id = randomUUID();
  await database.query('insert into users values ($1, $2, $3)', [id, email, BORN]);
  for (let count = 0; count < tasks; count += 1) await aTask(id, newTask().id);
  return id;
}

async function aTask(userId: string, id: string): Promise<void> {
  await database.query(
    `insert into tasks (user_id, id, title, description, completed, version, created_at, updated_at)
     values ($1, $2, 'Größe, "messen"', null, true, 7, $3, $3)`,
    [userId, id, BORN],
  );
}

const tasksOf = (userId: string) =>
  database.query(
    `select to_jsonb(tasks) - 'user_id' - 'version' as task from tasks where user_id = $1 order by id`,
    [userId],
  );
const accountOf = (userId: string) =>
  database.query('select email, created_at from users where id = $1', [userId]);
const move = (from: string, to: string, more: { dryRun?: boolean; most?: number } = {}) =>
  moveUser({ from, to, most: 0, dryRun: false, ...more }, database.endpoint.api);

describe('an account that is moved', () => {
  it('is the other user with everything it had, to the letter', async () => {
    const from = await anAccount('ada@example.com', 3);
    const to = randomUUID();
    const [tasks, account] = [await tasksOf(from), await accountOf(from)];

    expect(await move(from, to)).toEqual({
      tasks: 3,
      deleted: 0,
      isNew: true,
      email: 'ada@example.com',
    });
    expect(await tasksOf(to)).toEqual(tasks);
    expect(await accountOf(to)).toEqual(account);
    expect(await tasksOf(from)).toEqual([]);
    expect(await accountOf(from)).toEqual([]);
  });

  it('joins one that is there, which keeps its own tasks and address', async () => {
    const from = await anAccount('old@example.com', 2);
    const to = await anAccount('new@example.com', 1);

    expect(await move(from, to)).toEqual({
      tasks: 2,
      deleted: 0,
      isNew: false,
      email: 'new@example.com',
    });
    expect(await tasksOf(to)).toHaveLength(3);
    expect(await accountOf(from)).toEqual([]);
  });

  it('takes its trash along, as old as it is, and no tombstones', async () => {
    const [from, to] = [await anAccount(null, 3), await anAccount(null, 1)];
    await database.query(
      `with deleted as (delete from tasks where user_id = $1 returning tasks.*)
       insert into trash (user_id, id, version, deleted_at, task)
         select user_id, id, 1000 + row_number() over (order by id), $2, to_jsonb(deleted)
         from deleted`,
      [from, BORN],
    );
    await database.query('update trash set task = null where user_id = $1 and version = 1003', [
      from,
    ]);
    const trashOf = (userId: string) =>
      database.query(
        `select id, version, deleted_at, task - 'user_id' as task from trash where user_id = $1 order by id`,
        [userId],
      );
    const [first, second] = await trashOf(from);

    expect(await move(from, to)).toEqual({ tasks: 0, deleted: 2, isNew: false, email: null });
    expect(await trashOf(to)).toEqual([first, second]);
    expect(await trashOf(from)).toEqual([]);
  });

  it('goes in pages, and in one transaction', async () => {
    const from = await anAccount(null, 0);
    await database.query(
      `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
       select $1, gen_random_uuid(), 'task', false, 1, now(), now() from generate_series(1, 2500)`,
      [from],
    );
    const to = randomUUID();
    expect(await move(from, to)).toEqual({ tasks: 2500, deleted: 0, isNew: true, email: null });
    expect(await tasksOf(to)).toHaveLength(2500);
  });

  it('stays where it is in a dry run', async () => {
    const from = await anAccount('eve@example.com', 2);
    const to = randomUUID();

    expect(await move(from, to, { dryRun: true })).toEqual({
      tasks: 2,
      deleted: 0,
      isNew: true,
      email: 'eve@example.com',
    });
    expect(await tasksOf(from)).toHaveLength(2);
    expect(await accountOf(to)).toEqual([]);
  });

  it.each<[string, (from: string, to: string) => Promise<unknown>, RegExp]>([
    [
      'the other has a task of the same id',
      async (from, to) => {
        const id = newTask().id;
        await aTask(from, id);
        await aTask(to, id);
        return move(from, to);
      },
      /^1 of the tasks have ids that the other user has, too\. Nothing was moved\./,
    ],
    [
      'the other has a task of the same id as one in the trash',
      async (from, to) => {
        const id = newTask().id;
        await aTask(to, id);
        await database.query(
          `insert into trash (user_id, id, version, deleted_at, task) values ($1, $2, 1, now(), '{}')`,
          [from, id],
        );
        return move(from, to);
      },
      /^1 of the deleted tasks have ids that the other user has, too\./,
    ],
    [
      'together they are too many',
      (from, to) => move(from, to, { most: 2 }),
      /^The user would have 3 tasks/,
    ],
    ['there is none', () => move(randomUUID(), randomUUID()), /^There is no user/],
  ])('stays where it is if %s', async (_, attempt, why) => {
    const [from, to] = [await anAccount(null, 2), await anAccount(null, 1)];

    expect(await outcomeOf(attempt(from, to))).toMatch(why);
    expect((await tasksOf(from)).length).toBeGreaterThanOrEqual(2);
    expect((await tasksOf(to)).length).toBeGreaterThanOrEqual(1);
    expect(await accountOf(from)).toHaveLength(1);
  });

  it('leaves nobody else behind: each table of the API is moved', () => {
    // A new one needs its statement in move-user.ts, or goes with the account.
    const goes = ['feeds', 'replies'];
    const stays = ['tasks', 'trash', 'users'];
    expect(Object.keys(OWNER_COLUMN).toSorted()).toEqual([...goes, ...stays].toSorted());
  });
});

describe('a user', () => {
  const named = (naming: UserNaming, variables: Record<string, string> = PROVIDER) =>
    namedUser(naming, parseEnv(variables), database.endpoint.owner, 'user');
  const UUID = '6f0c9e1a-2b3c-4d5e-8f90-a1b2c3d4e5f6';

  it('is found by subject, as a token would name it', async () => {
    const derived = await named({ subject: 'auth0|1' });
    expect(derived).toEqual({
      userId: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-8/),
      subject: 'auth0|1',
      issuer: PROVIDER.AUTH_ISSUER,
    });
    expect(await named({ subject: UUID })).toMatchObject({ userId: UUID });
    expect(await named({ subject: UUID.toUpperCase() })).not.toMatchObject({ userId: UUID });
  });

  it('is another one for another issuer, configured or no longer', async () => {
    const two = {
      ...PROVIDER,
      ...{ AUTH_2_ISSUER: 'https://two.example.com', AUTH_2_AUDIENCE: 'x' },
    };
    const ids = await Promise.all([
      named({ subject: 'ada' }, two),
      named({ subject: 'ada', issuer: 'https://two.example.com' }, two),
      named({ subject: 'ada', issuer: 'https://old.example.com' }, two),
    ]);
    expect(new Set(ids.map(({ userId }) => userId)).size).toBe(3);
    // UUIDs are taken over from the first alone, and from one that was the first once.
    expect(
      await named({ subject: UUID, issuer: 'https://two.example.com' }, two),
    ).not.toMatchObject({
      userId: UUID,
    });
    expect(await named({ subject: UUID, issuer: 'https://old.example.com' }, two)).toMatchObject({
      userId: UUID,
    });
  });

  it('of a tenant is found by the issuer of that tenant', async () => {
    const entra = {
      AUTH_ISSUER: 'https://login.example.com/{tid}/v2.0',
      AUTH_AUDIENCE: 'x',
      AUTH_JWKS_URL: 'https://login.example.com/keys',
    };
    const issuer = 'https://login.example.com/one/v2.0';
    const found = await named({ subject: UUID, issuer }, entra);
    expect(found).toMatchObject({ issuer, subject: UUID });
    expect(found.userId).not.toBe(UUID);
    expect(await outcomeOf(named({ subject: UUID }, entra))).toMatch(
      /^Name the issuer with its tenant/,
    );
  });

  it('of any issuer of a secret is read as its tokens are, whatever they call the issuer', async () => {
    const secret = { AUTH_SECRET: 'q7Wn3xZt0LkD9vRb5sYcE1uHgJmPaFoT', AUTH_USER_CLAIM: 'uid' };
    const any = await named({ subject: 'ada', issuer: 'https://x.example.com' }, secret);
    const bySub = { AUTH_SECRET: secret.AUTH_SECRET };
    const other = await named({ subject: 'ada', issuer: 'https://x.example.com' }, bySub);
    expect(any.userId).toBe(
      userIdOf('https://x.example.com', 'ada', { userClaim: 'uid', takesOverUuids: true }),
    );
    expect(any.userId).not.toBe(other.userId);
  });

  it('is found by address, once it is confirmed to be the right one', async () => {
    const userId = await anAccount('grace@example.com', 0);

    expect(await named({ email: 'grace@example.com', yes: true })).toMatchObject({ userId });
    expect(await outcomeOf(named({ email: 'grace@example.com' }))).toMatch(
      new RegExp(
        `is the address of the user ${userId}, .* stored because the claim email_verified was true\\. .* --yes`,
      ),
    );
    expect(await outcomeOf(named({ email: 'nobody@example.com', yes: true }))).toMatch(
      /^There is no user with the address nobody@example\.com/,
    );
  });

  it.each<[UserNaming, RegExp]>([
    [{}, /^Name one user/],
    [{ user: UUID, subject: 'ada' }, /^Name one user/],
    [{ user: UUID, issuer: 'x' }, /^--issuer says whose --subject/],
  ])('is named in one way: %j', async (naming, why) => {
    expect(await outcomeOf(named(naming))).toMatch(why);
  });
});

describe('the address of an account', () => {
  it('is found by an owner whom row-level security binds, and by nobody else meanwhile', async () => {
    const ordinary = await OrdinaryOwner.create();
    try {
      const id = randomUUID();
      await ordinary.database.query('insert into users values ($1, $2, $3)', [
        id,
        'ada@example.com',
        BORN,
      ]);
      expect(await userIdOfEmail(ordinary.settings, 'ada@example.com')).toBe(id);
      expect(await userIdOfEmail(ordinary.settings, 'bob@example.com')).toBeUndefined();
      expect(
        await ordinary.database.query(`select from pg_policies where policyname like '%operator%'`),
      ).toEqual([]);
    } finally {
      await ordinary.drop();
    }
  });
});
