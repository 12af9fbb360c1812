import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/app/eventually';
import { RecordedLog } from '../support/app/recorded-log';
import { TestApplication } from '../support/app/test-application';
import { aCaller, type Caller } from '../support/app/tokens';
import { ALL_SESSIONS } from '../support/database/all-sessions';
import { answerOf, problemAnswer } from '../support/http/answers';
import { aTask, insertTasks, list, titlesIn } from '../support/http/lists';

const log = new RecordedLog();
let app: TestApplication;

beforeAll(async () => {
  // Two connections for searches and deletions; one of them is kept for deletions.
  app = await TestApplication.start(
    { DATABASE_LANES: '3', DATABASE_POOL: '3', LOG_LEVEL: 'debug' },
    log.log,
  );
});
afterAll(() => app.stop());

describe('a search', () => {
  const TITLES = [
    '100% of a_b',
    'c:\\temp\\new',
    '(.*)+[a-z]{2}$ ^x|y?',
    '***=literal (?i) \\m',
    'ÄPFEL und Größe',
    'GROSSE İstanbul',
    'ΟΔΟΣ',
    'КНИГА',
    '300 \u212a', // Kelvin sign
    'cafe\u0301', // NFD
    'caf\u00e9s', // NFC
    'e\u0301\u0323 mixed', // neither
    '\u1112\u1161\u11ab\u1100\u1173\u11af', // NFD Hangul
    '\u{1f331}\u{1f331}x',
    '\u0130zmir', // Turkish İ
  ];
  let caller: Caller;

  beforeAll(async () => {
    caller = await aCaller();
    await insertTasks(
      app,
      caller,
      TITLES.map((title) => ({ title })),
    );
  });

  const found = async (q: string): Promise<readonly string[]> => {
    const response = await list(app, caller, { q, sort: 'created_at' });
    expect(response.status).toBe(200);
    return titlesIn(response);
  };

  it.each([
    ['%', '100% of a_b'],
    ['A_B', '100% of a_b'],
    ['\\', 'c:\\temp\\new|***=literal (?i) \\m'],
    ['TEMP\\', 'c:\\temp\\new'],
    ['(.*)+', '(.*)+[a-z]{2}$ ^x|y?'],
    ['{2}$ ^x|Y?', '(.*)+[a-z]{2}$ ^x|y?'],
    ['***=', '***=literal (?i) \\m'],
    ['(?I)', '***=literal (?i) \\m'],
    ['.', '(.*)+[a-z]{2}$ ^x|y?'],
    ["' or true --", ''],
  ])('takes %s to the letter', async (q, titles) => {
    expect((await found(q)).join('|')).toBe(titles);
  });

  it.each([
    ['äpfel', 'ÄPFEL und Größe'],
    ['GRÖSSE', ''],
    ['книга', 'КНИГА'],
    ['300 k', '300 \u212a'],
    ['\u{1f331}X', '\u{1f331}\u{1f331}x'],
  ])('finds %s in any case', async (q, titles) => {
    expect((await found(q)).join('|')).toBe(titles);
  });

  it.each([
    ['caf\u00e9', 'cafe\u0301|caf\u00e9s'],
    ['CAFE\u0301', 'cafe\u0301|caf\u00e9s'],
    ['e\u0301\u0323', 'e\u0301\u0323 mixed'],
    ['\ud55c', '\u1112\u1161\u11ab\u1100\u1173\u11af'],
  ])('finds %j with its accents composed or apart, and as it was sent', async (q, titles) => {
    expect((await found(q)).join('|')).toBe(titles);
  });

  it.each(['\u0130ZMIR', '\u0130zmir'.toLowerCase(), 'I\u0307zmir', 'izmir'])(
    'finds the Turkish \u0130 by %j',
    async (q) => {
      expect(await found(q)).toEqual(['\u0130zmir']);
    },
  );

  it('finds what ILIKE finds, in any case', async () => {
    const needles = TITLES.flatMap((title) => [
      title.toLowerCase(),
      title.toUpperCase(),
      [...title].slice(1, 4).join(''),
    ]);
    for (const needle of needles) {
      const pattern = `%${needle.replace(/[\\%_]/g, '\\$&')}%`;
      const byLike = await app.database.query<{ title: string }>(
        'select title from tasks where user_id = $1 and title ilike $2',
        [caller.userId, pattern],
      );
      expect(await found(needle)).toEqual(expect.arrayContaining(byLike.map(({ title }) => title)));
    }
  });

  it('reads a text once, however much it resembles the needle', async () => {
    const hostile = await aCaller();
    const { id } = await aTask(app, hostile, { description: '\u{1f331}'.repeat(10_000) });
    await app.database.query(
      `insert into tasks
         select user_id, gen_random_uuid(), title, description, completed, version, created_at, updated_at
         from tasks, generate_series(2, 600) where id = $1`,
      [id],
    );

    // Again and again, it would take more than twice as long as a search may.
    const response = await list(app, hostile, { q: `${'\u{1f331}'.repeat(199)}x` });

    expect(titlesIn(response)).toEqual([]);
  });
});

describe('while the database is slow to search', () => {
  let caller: Caller;

  beforeAll(async () => {
    caller = await aCaller();
    await aTask(app, caller);
    await app.database.query(
      `alter policy own_tasks on tasks using
         (user_id = nullif(current_setting('app.user_id', true), '')::uuid and pg_sleep(10) is not null)`,
    );
  });
  afterAll(() =>
    app.database.query(
      `alter policy own_tasks on tasks using
         (user_id = nullif(current_setting('app.user_id', true), '')::uuid)`,
    ),
  );

  const searchesAtWork = () =>
    app.database.query(
      `select pid from ${ALL_SESSIONS} where datname = current_database() and wait_event = 'PgSleep'`,
    );

  it('refuses as overloaded what waits for a turn of its user, which is no error', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => list(app, caller, { q: 'x' })));

    const codes = answers.map(({ body }) => (body as { code: string }).code).sort();
    expect(codes).toEqual(['overloaded', 'overloaded', 'query-timeout']);
    const refused = answers.find(({ body }) => (body as { code: string }).code === 'overloaded');
    if (refused === undefined) throw new Error('None was refused');
    expect(answerOf(refused)).toEqual(
      problemAnswer('overloaded', { headers: { 'retry-after': '1' } }),
    );
    expect(log.of(String(refused.headers['x-request-id']))).toMatchObject([
      { level: 'warn', msg: 'request refused', code: 'overloaded', status: 503 },
    ]);
  });

  it('stops a search in the database when its client hangs up, and answers nobody', async () => {
    const { port } = app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `GET /api/me/tasks?q=x HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: hangs-up\r\n` +
        `Authorization: ${caller.authorization}\r\n\r\n`,
    );
    await eventually(async () => (await searchesAtWork()).length === 1);

    socket.destroy();
    await once(socket, 'close');
    await eventually(() => log.of('hangs-up').length > 0);

    expect(log.of('hangs-up')).toMatchObject([{ level: 'debug', msg: 'client disconnected' }]);
    expect(await searchesAtWork()).toEqual([]);
  });

  it('erases an account though searches wait', async () => {
    const [other, leaver] = [await aCaller(), await aCaller()];
    await insertTasks(app, other, [{ title: 'other' }]);
    await app.send('post', '/api/users', leaver);
    const searches = [caller, other].map((one) => list(app, one, { q: 'x' }));
    await eventually(async () => (await searchesAtWork()).length > 0);

    expect((await app.send('delete', '/api/users/me', leaver)).status).toBe(204);
    for (const { status } of await Promise.all(searches)) expect(status).toBe(503);
  });
});
