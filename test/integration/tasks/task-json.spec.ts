import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v4, v7 } from 'uuid';
import { positionOf, positionSql, turnOf } from '../../../src/tasks/task-fields';
import type { UserScope } from '../../../src/user-scope/user-scope';
import { Persistence } from '../../support/database/persistence';
import { TestDatabase } from '../../support/database/test-database';
import { NEW_TASK } from '../../support/app/task-fields';

/** The JSON of a task, as PostgreSQL makes it: what the serializer must write, byte for byte. */
const JSON_OF_TASK = `
  '{"id":"' || id || '","user_id":"' || user_id || '","title":' || to_json(title)
  || ',"description":' || coalesce(to_json(description)::text, 'null')
  || ',"completed":' || completed
  || ',"due":' || coalesce(to_json(due)::text, 'null')
  || ',"time_zone":' || coalesce(to_json(time_zone)::text, 'null')
  || ',"recurrence":' || coalesce(to_json(case when not completed and due is not null then recurrence end)::text, 'null')
  || ',"recurrence_from":' || to_json(recurrence_from)
  || ',"priority":' || priority || ',"tags":' || tags
  || ',"parent_id":' || coalesce(to_json(parent_id)::text, 'null')
  || ',"position":"' || ${positionSql('tasks')} || '"'
  || ',"completed_at":' || coalesce(
    '"' || to_char(completed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '"', 'null')
  || ',"created_at":"' || to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
  || '","updated_at":"' || to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
  || '"}'`;

const LONGEST = 10_000;

/** Every character that PostgreSQL stores, and some beyond U+FFFF, in texts of the largest size. */
function everyCharacter(): readonly string[] {
  const codes = [
    ...Array.from({ length: 0x10000 }, (_, code) => code),
    ...[0x1f331, 0x1f4a9, 0x10ffff, 0x20000, 0xe0001],
  ].filter((code) => code !== 0 && (code < 0xd800 || code > 0xdfff));
  const texts: string[] = [];
  for (let first = 0; first < codes.length; first += LONGEST) {
    texts.push(String.fromCodePoint(...codes.slice(first, first + LONGEST)));
  }
  return texts;
}

const TEXTS: readonly (string | null)[] = [
  ...everyCharacter(),
  '"'.repeat(LONGEST),
  '\\'.repeat(LONGEST),
  '\u{1f331}'.repeat(LONGEST),
  '\b\f\n\r\t\u0001\u001f\u007f\u0080\u2028\u2029\ufeff',
  '</script> & \'"\\u0041',
  '',
  null,
];
const DUES = [null, '2026-12-01', '0001-01-01T00:00', '9999-12-31T23:59'];
const ZONES = [null, null, null, 'Asia/Kolkata'];
const TIMES = [
  '2026-01-02 03:04:05+00',
  '2026-01-02 03:04:05.001+00',
  '2026-01-02 03:04:05.01+00',
  '2026-01-02 03:04:05.1+00',
  '2026-12-31 23:59:59.999+00',
  '2024-02-29 00:00:00.12+00',
  '1970-01-01 00:00:00+00',
  '9999-12-31 23:59:59.999+00',
];

describe('the JSON of a task', () => {
  let database: TestDatabase;
  let persistence: Persistence;
  let scope: UserScope;

  beforeAll(async () => {
    database = await TestDatabase.create();
    persistence = await Persistence.open(database.endpoint);
    scope = await persistence.newUser();
    for (const [n, text] of TEXTS.entries()) {
      await database.query(
        `insert into tasks
           (user_id, id, title, description, completed, version, created_at, updated_at,
            due, time_zone, priority, tags, completed_at, parent_id, position, recurrence, recurrence_from)
         values ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
        [
          scope.userId,
          v7(),
          text?.slice(0, 50).toWellFormed().padEnd(1, '-') ?? 'none',
          text,
          n % 2 === 0,
          TIMES[n % TIMES.length],
          TIMES[(n + 3) % TIMES.length],
          DUES[n % DUES.length],
          ZONES[n % DUES.length],
          n % 5,
          JSON.stringify(text === null ? [] : [text.slice(0, 50).toWellFormed(), '"\\', 'é']),
          n % 2 === 0 ? TIMES[(n + 5) % TIMES.length] : null,
          n % 3 === 0 ? v7() : null,
          n % 3 === 1 ? `V${n}` : null,
          n % 3 === 0 ? 'FREQ=MONTHLY;INTERVAL=2;BYDAY=1MO,-1SU;UNTIL=99991231' : null,
          n % 3 === 1 ? 'completion' : 'due',
        ],
      );
    }
  });
  afterAll(async () => {
    await persistence.close();
    await database.drop();
  });

  const expected = async (): Promise<readonly { id: string; json: string }[]> =>
    database.query(
      `select id, ${JSON_OF_TASK} as json from tasks where user_id = $1 order by id desc`,
      [scope.userId],
    );

  it('is, byte for byte, what PostgreSQL would make of the same row: alone', async () => {
    for (const { id, json } of await expected()) {
      expect((await persistence.tasks.find(scope, id))?.json === json).toBe(true);
    }
  });

  it('and on a page, by every way to it', async () => {
    const { tasks } = persistence;
    const items = (await expected()).map(({ json }) => json);
    const search = { filters: {}, sort: '-created_at', after: undefined, limit: 200 } as const;
    const range = { belowId: undefined, aboveId: undefined, limit: 200 };

    expect((await tasks.listNewest(scope, range)).items).toEqual(items);
    for (const count of [true, false]) {
      const page = await tasks.search(scope, { ...search, count });
      expect(page.items).toEqual(items);
      expect(page.total).toBe(count ? String(TEXTS.length) : undefined);
    }
  });

  it('and after each write', async () => {
    const { tasks } = persistence;
    const id = v7();
    const [text] = everyCharacter();
    const fields = { ...NEW_TASK, title: 'x', description: text ?? '', completed: true };
    let version = '';
    const writes = [
      () => tasks.create(scope, { id, createdAtMs: Date.now() }, fields, { once: false }),
      () => tasks.create(scope, { id, createdAtMs: Date.now() }, fields, { once: true }),
      () => tasks.replace(scope, id, fields, undefined),
      () => tasks.replace(scope, id, fields, [version]),
      () => tasks.patch(scope, id, { title: 'y' }, undefined),
      () => tasks.patch(scope, id, { title: 'z' }, [version]),
      () => tasks.complete(scope, id, undefined, undefined),
      () => tasks.complete(scope, id, undefined, [version]),
    ];

    for (const write of writes) {
      const row = await write();
      version = row?.version ?? '';
      const [stored] = await database.query<{ json: string }>(
        `select ${JSON_OF_TASK} as json from tasks where user_id = $1 and id = $2`,
        [scope.userId, id],
      );
      expect(row?.json === stored?.json).toBe(true);
      version = row?.version ?? '';
    }
  });
});

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Of moved tasks, close to those of the ids and far from them. */
function somePositions(ids: readonly string[]): readonly string[] {
  const change = 'V00000000000001';
  return ids.flatMap((id, n) => {
    const own = positionOf(id, null);
    const digit = DIGITS[n % DIGITS.length] ?? '';
    return [
      own,
      `${own.slice(0, n % 33)}${digit}${change}`,
      `${own}${digit}${change}`,
      `${digit}${change}`,
    ];
  });
}

describe('A position', () => {
  it('stands among those of tasks that were never moved where PostgreSQL looks for it', async () => {
    const database = await TestDatabase.create();
    const ids = Array.from({ length: 200 }, (_, n) => (n % 2 === 0 ? v4() : v7()));
    const rows = await database.query<{ position: string; turn: string }>(
      `select position, ${turnOf('position')} as turn from unnest($1::text[]) position`,
      [somePositions(ids)],
    );
    await database.drop();

    const wrong = rows.flatMap(({ position, turn }) =>
      ids.filter((id) => {
        const own = positionOf(id, null);
        return own !== position && own < position !== id >= turn;
      }),
    );
    expect(wrong).toEqual([]);
    expect(rows).toHaveLength(4 * ids.length);
  });
});
