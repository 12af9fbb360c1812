import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestDatabase } from '../support/database/test-database';
import { buildOnce, runCli } from '../support/processes/command-line';

const ISSUER = 'https://id.example.com';
const OLD = '9b2d1c74-5b0e-4f6a-8a43-0d6f3c5e7a11';

let database: TestDatabase;
let variables: Readonly<Record<string, string>>;

beforeAll(async () => {
  buildOnce();
  database = await TestDatabase.create();
  variables = { ...database.variables, AUTH_ISSUER: ISSUER, AUTH_AUDIENCE: 'task-api' };
  await database.query(`insert into users values ($1, 'ada@example.com', '2026-11-22')`, [OLD]);
  await database.query(
    `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
     values ($1, '01a20297-4e3d-7c3e-9f60-3a5d1f0b2c4d', 'Old', false, 3, now(), now())`,
    [OLD],
  );
});
afterAll(() => database.drop());

describe('an account whose issuer has changed', () => {
  it('is found by address, and moved to the user of the new subject', async () => {
    const found = await runCli(['user', '--email', 'Ada@example.com', '--json'], variables);
    expect(JSON.parse(found.stdout)).toEqual({
      id: OLD,
      subject: OLD,
      issuer: null,
      account: { email: 'ada@example.com', created_at: '2026-11-22T00:00:00.000Z', tasks: 1 },
    });

    const wanted = await runCli(['user', '--subject', 'auth0|1'], variables);
    expect(wanted.stdout).toMatch(
      /^id {7}(\S+)\nsubject {2}auth0\|1 of https:\/\/id\.example\.com\naccount {2}none yet/,
    );
    const id = /^id +(\S+)/.exec(wanted.stdout)?.[1] ?? '';

    const args = ['move-user', '--from', OLD, '--to', id];
    const tried = await runCli([...args, '--dry-run'], variables);
    expect(tried.stdout).toBe(
      `Would move 1 task from ${OLD} to ${id}, a new account, whose address is ada@example.com\n`,
    );
    const moved = await runCli([...args, '--json'], variables);
    expect({ ...moved, stdout: JSON.parse(moved.stdout) }).toEqual({
      code: 0,
      stdout: { tasks: 1, deleted: 0, new_account: true, email: 'ada@example.com', dry_run: false },
      stderr: '',
    });

    const exported = ['export', '--subject', 'auth0|1', '--format', 'json'];
    const { stdout } = await runCli(exported, variables);
    expect(JSON.parse(stdout)).toMatchObject({ user_id: id, title: 'Old' });
  });

  it.each([
    [['user'], 64, /^Name one user: by id, by --email or by --subject\nSee: .* user --help/],
    [['user', '--email', 'nobody@example.com'], 67, /^There is no user with the address/],
    [['move-user', '--from', OLD, '--to', OLD], 64, /^--from and --to are the same user/],
    [['move-user', '--from', OLD, '--to', 'ada'], 64, /must be a UUID/],
    [['export', '--email', 'ada@example.com', '--format', 'json'], 64, /add --yes/],
  ])('is not guessed: %j', async (args, code, message) => {
    const ended = await runCli(args, variables);
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: '' });
    expect(ended.stderr).toMatch(message);
  });
});
