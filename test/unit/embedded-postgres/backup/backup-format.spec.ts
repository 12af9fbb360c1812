import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  BackupError,
  type BackupPart,
  backupParts,
  BackupWriter,
} from '../../../../src/embedded-postgres/backup/backup-format';

const HEAD = { created_at: '2026-11-25T10:00:00.000Z', postgresql: '18.4', migrations: ['First1'] };
const USERS = { name: 'users', columns: ['id', 'email'] };
const TASKS = { name: 'tasks', columns: ['user_id', 'id', 'title'] };
/** As COPY writes them: a line that is `\.` in the data has its backslash doubled. */
const ROWS = ['1\ta@example.com\n', '\\\\.\t\\N\n', '-- no comment\t\\n\n', 'copy "x"\tß\n'];

function backupOf(rows: readonly string[]): Buffer {
  const writer = new BackupWriter();
  return Buffer.concat([
    writer.head(HEAD),
    writer.table(USERS),
    ...rows.map((row) => writer.rows('users', Buffer.from(row))),
    writer.tableEnd(),
    writer.table(TASKS),
    writer.tableEnd(),
    writer.seal(),
  ]);
}

async function partsOf(...chunks: readonly Buffer[]): Promise<readonly BackupPart[]> {
  const parts: BackupPart[] = [];
  for await (const part of backupParts(inTurn(chunks))) parts.push(part);
  return parts;
}

/** Copies, so that nothing depends on bytes that a stream may use again. */
async function* inTurn(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk));
}

/** The rows in one piece, however they were cut. */
function summaryOf(parts: readonly BackupPart[]) {
  const rows = parts.filter((part) => part.kind === 'rows');
  return {
    others: parts.filter((part) => part.kind !== 'rows'),
    text: Buffer.concat(rows.map(({ text }) => text)).toString(),
    count: rows.reduce((sum, { count }) => sum + count, 0),
  };
}

const whole = backupOf(ROWS);

describe('the text of a backup', () => {
  it('is SQL that psql runs', () => {
    expect(whole.toString().split('\n')).toEqual([
      '-- task-api backup 1',
      `-- ${JSON.stringify(HEAD)}`,
      'copy "users" ("id", "email") from stdin;',
      ...ROWS.map((row) => row.trimEnd()),
      '\\.',
      'copy "tasks" ("user_id", "id", "title") from stdin;',
      '\\.',
      expect.stringMatching(/^-- \{"rows":\{"users":4,"tasks":0\},"sha256":"[0-9a-f]{64}"\}$/),
      '',
    ]);
  });

  it('is read as it was written, wherever it is cut into pieces', async () => {
    const expected = summaryOf(await partsOf(whole));
    expect(expected).toEqual({
      others: [
        { kind: 'head', head: HEAD },
        { kind: 'table', table: USERS },
        { kind: 'table-end' },
        { kind: 'table', table: TASKS },
        { kind: 'table-end' },
        { kind: 'seal', seal: { rows: { users: 4, tasks: 0 }, sha256: expect.any(String) } },
      ],
      text: ROWS.join(''),
      count: 4,
    });
    const cuts = fc.array(fc.nat(whole.length), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(cuts, async (at) => {
        const edges = [0, ...at.sort((a, b) => a - b), whole.length];
        const pieces = edges.slice(1).map((end, n) => whole.subarray(edges[n], end));
        expect(summaryOf(await partsOf(...pieces))).toEqual(expected);
      }),
    );
  });

  it('is refused wherever it ends too early', async () => {
    for (let length = 0; length < whole.length; length += 1) {
      await expect(partsOf(whole.subarray(0, length))).rejects.toThrow(BackupError);
    }
  });

  it('is refused wherever one of its bytes is another one', async () => {
    for (let at = 0; at < whole.length; at += 1) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(partsOf(changed)).rejects.toThrow(BackupError);
    }
  });

  it.each([
    [
      'pg_dump of something',
      '--\n-- PostgreSQL database dump\n--\n',
      'it is no backup of the Task',
    ],
    ['a part twice', `${whole.toString()}-- {}\n`, 'something follows its end'],
    [
      'a statement of somebody',
      whole.toString().replace('copy "tasks"', 'drop "tasks"'),
      'it has a',
    ],
  ])('is refused with a reason: %s', async (_, text, reason) => {
    await expect(partsOf(Buffer.from(text))).rejects.toThrow(reason);
  });
});
