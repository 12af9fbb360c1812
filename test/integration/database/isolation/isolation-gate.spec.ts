import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClientConfig } from 'pg';
import { DatabaseSession } from '../../../../src/database/session/database-session';
import {
  requireIsolation,
  checkIsolation,
} from '../../../../src/database/isolation/isolation-gate';
import { negotiated, refusal } from '../../../support/database/gate-refusal';
import { Login } from '../../../support/database/login';
import { PgBouncer } from '../../../support/database/pg-bouncer';
import { describeWith } from '../../../support/requirements';
import { TestDatabase } from '../../../support/database/test-database';

describe('The isolation gate', () => {
  /** One for all tests that leave it as it was. */
  let database: TestDatabase | undefined;
  let isSpoilt = false;
  const logins: Login[] = [];

  beforeEach(async () => {
    isSpoilt = false;
    database ??= await TestDatabase.create();
  });
  afterEach(async () => {
    if (isSpoilt) await dropDatabase();
    for (const login of logins.splice(0)) await login.drop();
  });
  afterAll(() => dropDatabase());

  const dropDatabase = async () => {
    await database?.drop();
    database = undefined;
  };
  /** The database of this test, which no other test may have after it. */
  const spoilt = () => {
    isSpoilt = true;
    return sound();
  };
  const sound = () => {
    if (database === undefined) throw new Error('There is no database');
    return database;
  };
  const aLogin = async (attributes?: string) => {
    const login = await Login.create(attributes);
    logins.push(login);
    return login;
  };
  /** A session without startup options, as a pooler gives it that refuses them. */
  const bare = (login: Login): ClientConfig => login.at(sound().endpoint.api);
  const apiSession = () => negotiated(sound().endpoint.api);

  describe('lets in', () => {
    it('the role task_api itself, and leaves nothing behind', async () => {
      await requireIsolation(await apiSession());

      expect(await sound().query('select from users')).toEqual([]);
    });

    it('a superuser who owns the tables, tamed by a startup option', async () => {
      await requireIsolation(await negotiated(sound().endpoint.owner));
    });

    it('a login with BYPASSRLS, tamed by a startup option', async () => {
      const login = await aLogin('bypassrls in role task_api');

      await requireIsolation(await negotiated(login.at(sound().endpoint.api)));
    });

    it('an ordinary owner of the tables, tamed by a startup option', async () => {
      const login = await aLogin('in role task_api');
      await spoilt().query(`alter table users owner to ${login.name}`);
      await spoilt().query(`alter table tasks owner to ${login.name}`);

      await requireIsolation(await negotiated(login.at(sound().endpoint.api)));
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

    it('that owns a table', async () => {
      const login = await aLogin('in role task_api');
      await spoilt().query(`alter table tasks owner to ${login.name}`);

      const message = await refusal(bare(login));

      expect(message).toContain(`${login.name} owns tasks`);
      expect(message).toContain('create role task_api_login');
    });

    it('that has no time-outs and another time zone', async () => {
      const login = await aLogin('in role task_api');
      await spoilt().query(`alter role ${login.name} set timezone = 'Asia/Tokyo'`);

      const message = await refusal(bare(login));

      expect(message).toContain('the time zone is Asia/Tokyo, not UTC');
      expect(message).toContain('statements have no time-out');
      expect(message).toContain('waiting for a lock has no time-out');
      expect(message).toContain(`alter role "${login.name}" set TimeZone = 'UTC';`);
    });
  });

  describe('keeps out a login without startup options, and opens once its advice has been followed,', () => {
    const expectAdvice = async (login: Login, what: string) => {
      const message = await refusal(bare(login));
      for (const line of message.split('\n').filter((text) => text.endsWith(';')))
        await sound().query(line);

      expect(message).toContain(what);
      await requireIsolation(bare(login));
    };
    const aMember = async (...roles: readonly string[]) => {
      const login = await aLogin(`in role ${['task_api', ...roles].join(', ')}`);
      await login.configure();
      return login;
    };

    it.each(['pg_execute_server_program', 'pg_read_all_data', 'pg_write_all_data', 'pg_monitor'])(
      'that is a member of %s',
      async (role) => {
        await expectAdvice(await aMember(role), `is a member of ${role}, and`);
      },
    );

    it.each(['bypassrls', 'createrole', 'replication', 'superuser'])(
      'that may become a role with %s, by way of another',
      async (power) => {
        const mighty = await aLogin(power);
        const between = await aLogin(`noinherit in role ${mighty.name}`);
        const login = await aMember(between.name);

        const may = `is a member of ${between.name}, and with that may become ${mighty.name} (${power.toUpperCase()}`;
        await expectAdvice(login, may);
        // A role goes before those that it is a member of.
        logins.reverse();
      },
    );

    it('that may become the owner of a table', async () => {
      const owner = await aLogin();
      await spoilt().query(`alter table tasks owner to ${owner.name}`);

      await expectAdvice(await aMember(owner.name), `may become ${owner.name} (owner of tables)`);
    });

    it('that may change settings of the server', async () => {
      const login = await aMember();
      await sound().query(
        `grant set, alter system on parameter session_replication_role to ${login.name}`,
      );

      await expectAdvice(login, 'has a right on the parameter session_replication_role');
    });

    it('that begins in the scope of a user', async () => {
      const login = await aMember();
      await spoilt().query(`alter role ${login.name} set app.user_id = '${randomUUID()}'`);

      await expectAdvice(login, 'begins in the scope of a user');
    });

    it('that finds other tables of the same names first', async () => {
      const login = await aMember();
      const { name } = login;
      await spoilt().query(`create schema ${name}; grant usage on schema ${name} to ${name}`);
      await spoilt().query(`create table ${name}.other (like tasks)`);
      await spoilt().query(`alter role ${name} set search_path = "$user", public`);

      await expectAdvice(login, 'the search_path is "$user", public, not "public",pg_temp');
    });

    it('that finds other operators first', async () => {
      const login = await aMember();
      await spoilt().query(`alter role ${login.name} set search_path = public, pg_catalog`);

      await expectAdvice(login, 'the search_path is public, pg_catalog, not "public",pg_temp');
    });
  });

  it.each(['createrole', 'replication'])('keeps out a login that has %s', async (power) => {
    const message = await refusal(bare(await aLogin(`${power} in role task_api`)));

    expect(message).toContain(`has ${power.toUpperCase()}`);
    expect(message).toContain('create role task_api_login');
  });

  it('keeps out a session that begins in the scope of a user, wherever that comes from', async () => {
    const { options, ...session } = await apiSession();
    const preset = `${options ?? ''} -c app.user_id=${randomUUID()}`;

    const message = await refusal({ ...session, options: preset });

    expect(message).toContain('begins in the scope of a user');
    expect(message).toContain('-- remove app.user_id from postgresql.conf');
    expect(message).not.toContain(preset.slice(-36));
  });

  it('says how to give a login what the server has otherwise', async () => {
    const { options, ...session } = await apiSession();
    const serializable = `${options ?? ''} -c default_transaction_isolation=serializable`;

    const message = await refusal({ ...session, options: serializable });

    expect(message).toContain('default_transaction_isolation is serializable, not read committed');
    expect(message).toMatch(
      /alter role "\w+" set default_transaction_isolation = 'read committed';/,
    );
  });

  it('lets policies and rights of others be', async () => {
    const staff = await aLogin();
    await spoilt().query(`create policy staff on tasks for select to ${staff.name} using (true)`);
    await spoilt().query(`grant select, truncate on tasks to ${staff.name}`);
    await spoilt().query(
      'create view titles with (security_invoker = on) as select title from tasks',
    );
    await spoilt().query('grant select on titles to task_api');

    await requireIsolation(await apiSession());
  });

  it('tells a login that may not become task_api how it may', async () => {
    const login = await aLogin();

    const message = await refusal(await negotiated(login.at(sound().endpoint.api)));

    expect(message).toContain(`${login.name} is not a member of task_api`);
    expect(message).toContain(`grant task_api to "${login.name}";`);
  });

  it('tells that the migrations have not run', async () => {
    await spoilt().query('drop table tasks');

    expect(await refusal(await apiSession())).toContain('npm run db:migrate');
  });

  it('looks again without writing anything', async () => {
    const session = await apiSession();
    const readOnly = `${session.options ?? ''} -c default_transaction_read_only=on`;
    await expect(requireIsolation({ ...session, options: readOnly })).rejects.toMatchObject({
      code: '25006',
    });

    expect(await checkIsolation({ ...session, options: readOnly })).toEqual([]);
    await spoilt().query('alter table tasks no force row level security');
    expect(await checkIsolation(session)).toHaveLength(1);
  });

  describeWith('pgBouncer', 'behind PgBouncer', () => {
    it('judges the login, since startup options are refused', async () => {
      const fit = await aLogin('in role task_api');
      await fit.configure();
      const unfit = await aLogin('superuser');

      for (const login of [fit, unfit]) {
        const bouncer = await PgBouncer.start(login.at(sound().endpoint.api));
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
