import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClientConfig } from 'pg';
import type { ConnectionSettings } from '../../../src/database/connection-settings';
import { DatabaseSession } from '../../../src/database/database-session';
import { IsolationGateError, requireIsolation } from '../../../src/database/isolation-gate';
import { Login } from '../../support/database/login';
import { isPgBouncerInstalled, PgBouncer } from '../../support/database/pg-bouncer';
import { TestDatabase } from '../../support/database/test-database';

describe('The isolation gate', () => {
  let database: TestDatabase;
  const logins: Login[] = [];

  beforeEach(async () => {
    database = await TestDatabase.create();
  });
  afterEach(async () => {
    await database.drop();
    for (const login of logins.splice(0)) await login.drop();
  });

  const aLogin = async (attributes?: string) => {
    const login = await Login.create(attributes);
    logins.push(login);
    return login;
  };
  const negotiated = async (settings: ConnectionSettings) =>
    (await DatabaseSession.negotiate(settings)).config;
  /** A session without startup options, as a pooler gives it that refuses them. */
  const bare = (login: Login): ClientConfig => login.at(database.endpoint.api);
  const refusal = async (session: ClientConfig): Promise<string> => {
    const error: unknown = await requireIsolation(session).then(
      () => new Error('The gate is open'),
      (reason: unknown) => reason,
    );
    if (error instanceof IsolationGateError) return error.message;
    throw error;
  };
  const apiSession = () => negotiated(database.endpoint.api);

  describe('lets in', () => {
    it('the role task_api itself, and leaves nothing behind', async () => {
      await requireIsolation(await apiSession());

      expect(await database.query('select from users')).toEqual([]);
    });

    it('a superuser who owns the tables, tamed by a startup option', async () => {
      await requireIsolation(await negotiated(database.endpoint.owner));
    });

    it('a login with BYPASSRLS, tamed by a startup option', async () => {
      const login = await aLogin('bypassrls in role task_api');

      await requireIsolation(await negotiated(login.at(database.endpoint.api)));
    });

    it('an ordinary owner of the tables, tamed by a startup option', async () => {
      const login = await aLogin('in role task_api');
      await database.query(`alter table users owner to ${login.name}`);
      await database.query(`alter table tasks owner to ${login.name}`);

      await requireIsolation(await negotiated(login.at(database.endpoint.api)));
    });

    it('a member of task_api whose own settings are in order', async () => {
      const login = await aLogin('in role task_api');
      await login.configure();

      await requireIsolation(bare(login));
    });
  });

  describe('keeps out a login without startup options', () => {
    it('that is a superuser, and says what to create instead', async () => {
      const message = await refusal(bare(await aLogin('superuser')));

      expect(message).toContain('is a superuser');
      expect(message).toContain("create role task_api_login login password '…' in role task_api;");
      expect(message).toContain(`alter role "task_api_login" set statement_timeout = '5000';`);
    });

    it('that has BYPASSRLS', async () => {
      expect(await refusal(bare(await aLogin('bypassrls in role task_api')))).toContain(
        'has BYPASSRLS',
      );
    });

    it('that owns a table, also by way of another role', async () => {
      const owner = await aLogin();
      const member = await aLogin(`in role task_api, ${owner.name}`);
      await database.query(`alter table tasks owner to ${owner.name}`);

      expect(await refusal(bare(member))).toContain(`${member.name} owns tasks`);
    });

    it('that has no time-outs and another time zone', async () => {
      const login = await aLogin('in role task_api');
      await database.query(`alter role ${login.name} set timezone = 'Asia/Tokyo'`);

      const message = await refusal(bare(login));

      expect(message).toContain('the time zone is Asia/Tokyo, not UTC');
      expect(message).toContain('statements have no time-out');
      expect(message).toContain('waiting for a lock has no time-out');
      expect(message).toContain(`alter role "${login.name}" set TimeZone = 'UTC';`);
    });
  });

  it('tells a login that may not become task_api how it may', async () => {
    const login = await aLogin();

    const message = await refusal(await negotiated(login.at(database.endpoint.api)));

    expect(message).toContain(`${login.name} is not a member of task_api`);
    expect(message).toContain(`grant task_api to "${login.name}";`);
  });

  it('tells that the migrations have not run', async () => {
    await database.query('drop table tasks');

    expect(await refusal(await apiSession())).toContain('npm run db:migrate');
  });

  const broken: readonly (readonly [flaw: string, sql: string, told: string])[] = [
    [
      'row-level security is off',
      'alter table tasks disable row level security',
      'alter table tasks enable row level security, force row level security;',
    ],
    [
      'row-level security does not bind the owner',
      'alter table users no force row level security',
      'row-level security of users is not enabled and forced',
    ],
    ['a policy is missing', 'drop policy own_tasks on tasks', 'and has none'],
    [
      'a second policy opens more',
      'create policy support on tasks for select to public using (true)',
      'drop policy "support" on tasks;',
    ],
    [
      'a policy shows every row',
      'alter policy own_users on users using (true)',
      'the same for every command',
    ],
    [
      'a policy lets everything be written',
      'alter policy own_tasks on tasks with check (true)',
      'the same for every command',
    ],
    [
      'a policy shows and takes everything',
      'alter policy own_tasks on tasks using (true) with check (true)',
      "another user's scope sees rows of tasks",
    ],
    [
      'a policy opens accounts that have no scope',
      `alter policy own_users on users
         using (coalesce(current_setting('app.user_id', true), '') in ('', id::text))
         with check (coalesce(current_setting('app.user_id', true), '') in ('', id::text))`,
      'a session without a scope can write to users',
    ],
    [
      'a policy reads another setting',
      `alter policy own_tasks on tasks
         using (user_id::text = current_setting('app.tenant', true))
         with check (user_id::text = current_setting('app.tenant', true))`,
      'users cannot write their own tasks',
    ],
    [
      'a right is missing',
      'revoke delete, update on tasks from task_api',
      'grant update, delete on tasks to task_api;',
    ],
    [
      'the scope of explicit transactions cannot be set',
      'revoke execute on function enter_scope(uuid) from task_api',
      'grant execute on function enter_scope(uuid) to task_api;',
    ],
  ];

  it.each(broken)('keeps everybody out where %s', async (_, sql, told) => {
    await database.query(sql);

    expect(await refusal(await apiSession())).toContain(told);
  });

  it('opens again once its own advice has been followed', async () => {
    await database.query('alter table tasks disable row level security');
    await database.query('create policy support on tasks to public using (true)');
    await database.query('revoke insert on users from task_api');

    const message = await refusal(await apiSession());
    const advice = message.split('\n').filter((line) => line.endsWith(';'));
    for (const line of advice) await database.query(line);

    expect(advice).not.toEqual([]);
    await requireIsolation(await apiSession());
  });

  (isPgBouncerInstalled ? describe : describe.skip)('behind PgBouncer', () => {
    it('judges the login, since startup options are refused', async () => {
      const fit = await aLogin('in role task_api');
      await fit.configure();
      const unfit = await aLogin('superuser');

      for (const login of [fit, unfit]) {
        const bouncer = await PgBouncer.start(login.at(database.endpoint.api));
        const session = await DatabaseSession.negotiate(bouncer.settings);
        expect(session).toMatchObject({ isDirect: false, config: { user: login.name } });
        expect(session.config).not.toHaveProperty('options');
        if (login === fit) await requireIsolation(session.config);
        else expect(await refusal(session.config)).toContain('is a superuser');
        await bouncer.stop();
      }
    });
  });
});
