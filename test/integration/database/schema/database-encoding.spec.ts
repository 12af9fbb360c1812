import { afterEach, describe, expect, it } from '@jest/globals';
import { migrations } from '../../../../migrations';
import { DatabaseSession } from '../../../../src/database/session/database-session';
import { migrate } from '../../../../src/database/schema/migrate';
import { requireEncoding } from '../../../../src/database/schema/database-encoding';
import { explainStartFailure } from '../../../../src/server/start-failure';
import { EmptyDatabase } from '../../../support/database/empty-database';
import { maintain } from '../../../support/database/test-cluster';

const C_LOCALE = `locale_provider libc lc_collate 'C' lc_ctype 'C'`;

describe('The encoding of a database', () => {
  let database: EmptyDatabase;

  afterEach(() => database.drop());

  const session = async () => (await DatabaseSession.negotiate(database.endpoint.api)).config;
  const explained = (work: Promise<unknown>) =>
    work.then(
      () => ({ message: 'none', exitCode: 0 }),
      (error: unknown) => explainStartFailure(error),
    );

  it.each(['LATIN1', 'SQL_ASCII', 'EUC_JP'])(
    'that is %s is refused, to requests and to migrations, with the SQL of a right one',
    async (encoding) => {
      database = await EmptyDatabase.create(`encoding '${encoding}' ${C_LOCALE}`);
      const { owner } = database.endpoint;

      const { message, exitCode } = await explained(migrate(owner));

      expect(exitCode).toBe(78);
      expect(message).toContain(`has the encoding ${encoding}, which cannot hold every title`);
      expect(await explained(session().then(requireEncoding))).toEqual({ message, exitCode });
      expect(await database.query(`select from pg_tables where schemaname = 'public'`)).toEqual([]);

      const sql = /^ {2}(create database .*;)/m.exec(message)?.[1] ?? '';
      await maintain(sql);
      try {
        const right = { ...owner, database: `${database.name}_utf8` };
        expect(await migrate(right)).toHaveLength(migrations.length);
        const { config } = await DatabaseSession.negotiate(right);
        expect(await requireEncoding(config)).toBeUndefined();
      } finally {
        await maintain(`drop database ${database.name}_utf8`);
      }
    },
  );

  it.each([
    ['C', C_LOCALE],
    ['tr', `locale_provider icu icu_locale 'tr' lc_collate 'C' lc_ctype 'C'`],
  ])('whose case is that of the locale %s is served, with a warning', async (name, locale) => {
    database = await EmptyDatabase.create(`encoding 'UTF8' ${locale}`);

    expect(await requireEncoding(await session())).toBe(
      `the database ${database.name} has the locale ${name}, in which äi is not the lower case of ÄI: a search for the one does not find the other`,
    );
  });

  it('that is UTF8 with a locale is served, and nothing is said', async () => {
    database = await EmptyDatabase.create();

    expect(await requireEncoding(await session())).toBeUndefined();
  });
});
