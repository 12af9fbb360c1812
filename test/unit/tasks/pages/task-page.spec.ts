import { describe, expect, it } from '@jest/globals';
import type { Sort } from '../../../../src/tasks/dto/list-tasks.query';
import {
  type CursorBinding,
  decodeCursor,
  encodeCursor,
} from '../../../../src/tasks/pages/task-page';
import { refusalOf } from '../../../support/app/refusal';

const ID = '01a20297-4e3d-7c3e-9f60-3a5d1f0b2c4d';
const USER = '0c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5';
const binding = (sort: Sort, rest: Partial<CursorBinding> = {}): CursorBinding => ({
  userId: USER,
  sort,
  ...rest,
});
const byHand = (content: unknown): string =>
  Buffer.from(JSON.stringify(content)).toString('base64url');

const KEYS: readonly [Sort, string][] = [
  ['created_at', ID],
  ['-created_at', ID],
  ['updated_at', '2026-11-22 09:30:00.125+00'],
  ['-updated_at', '2026-11-22 09:30:00+00'],
  ['title', 'Größe "\\" 😀 \u{10ffff}'],
  ['-title', 'x'.repeat(200)],
];

describe('a cursor', () => {
  it.each(KEYS)('sort=%s: reads what it wrote: %s', (sort, key) => {
    const position = { key, id: ID };
    const cursor = encodeCursor(binding(sort), position);

    expect(decodeCursor(binding(sort), cursor)).toEqual(position);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(cursor.length).toBeLessThanOrEqual(2_000);
  });

  it('of an earlier release still leads on', () => {
    const filters: Partial<CursorBinding> = {
      completed: true,
      q: 'x',
      created_after: '2026-01-01T00:00:00Z',
      updated_before: '2026-02-01T00:00:00Z',
    };
    const cursor =
      'WzEsImJmcUhPSzJ0dTVCYzR0RlQiLCIwMWEyMDI5Ny00ZTNkLTdjM2UtOWY2MC0zYTVkMWYwYjJjNGQiLCJNaWxrIl0';

    expect(decodeCursor(binding('title', filters), cursor)).toEqual({ key: 'Milk', id: ID });
  });

  it('is short in the default order, where the id is the key', () => {
    expect(encodeCursor(binding('-created_at'), { key: ID, id: ID }).length).toBeLessThan(90);
  });

  it.each<[string, Partial<CursorBinding>]>([
    ['user', { userId: ID }],
    ['sort', { sort: 'created_at' }],
    ['completed', { completed: true }],
    ['completed, false', { completed: false }],
    ['q', { q: 'x' }],
    ['created_after', { created_after: '2026-01-01T00:00:00Z' }],
    ['created_before', { created_before: '2026-01-01T00:00:00Z' }],
    ['updated_after', { updated_after: '2026-01-01T00:00:00Z' }],
    ['updated_before', { updated_before: '2026-01-01T00:00:00Z' }],
  ])('belongs to one %s', async (_, other) => {
    const plain = binding('-created_at');
    const bound = { ...plain, ...other };
    const position = { key: ID, id: ID };

    for (const [given, used] of [
      [plain, bound],
      [bound, plain],
    ] as const) {
      const refusal = await refusalOf(() => decodeCursor(used, encodeCursor(given, position)));
      expect(refusal.code).toBe('invalid-cursor');
    }
  });

  it('does not confuse filters that hold the same text', async () => {
    const time = '2026-01-01T00:00:00Z';
    const cursor = encodeCursor(binding('-created_at', { created_after: time }), {
      key: ID,
      id: ID,
    });

    const refusal = await refusalOf(() =>
      decodeCursor(binding('-created_at', { updated_after: time }), cursor),
    );
    expect(refusal.code).toBe('invalid-cursor');
  });

  const [version, digest] = JSON.parse(
    Buffer.from(
      encodeCursor(binding('updated_at'), { key: '2026-11-22 09:30:00+00', id: ID }),
      'base64url',
    ).toString(),
  ) as [number, string];

  it.each([
    ['nothing', ''],
    ['no base64url', 'a+b/c='],
    ['no JSON', Buffer.from('[1,').toString('base64url')],
    ['no array', byHand({ 0: version, 1: digest, 2: ID })],
    ['null', byHand(null)],
    ['another version', byHand([version + 1, digest, ID, '2026-11-22 09:30:00+00'])],
    ['a version of text', byHand([String(version), digest, ID, '2026-11-22 09:30:00+00'])],
    ['no digest', byHand([version, '', ID, '2026-11-22 09:30:00+00'])],
    ['an id in upper case', byHand([version, digest, ID.toUpperCase(), '2026-11-22 09:30:00+00'])],
    ['no id', byHand([version, digest, 7, '2026-11-22 09:30:00+00'])],
    ['no key', byHand([version, digest, ID])],
    ['a key of another sort', byHand([version, digest, ID, 'title'])],
    ['a day that does not exist', byHand([version, digest, ID, '2026-02-30 09:30:00+00'])],
    ['an hour that does not exist', byHand([version, digest, ID, '2026-02-01 24:00:00+00'])],
    ['the year 0', byHand([version, digest, ID, '0000-01-01 00:00:00+00'])],
    ['SQL', byHand([version, digest, ID, "'; drop table tasks; --"])],
    ['an array for a key', byHand([version, digest, ID, ['2026-11-22 09:30:00+00']])],
    ['more than it needs', byHand([version, digest, ID, '2026-11-22 09:30:00+00', 0])],
    [
      'blanks within',
      Buffer.from(
        JSON.stringify([version, digest, ID, '2026-11-22 09:30:00+00'], null, 1),
      ).toString('base64url'),
    ],
  ])('is refused: %s', async (_, cursor) => {
    const refusal = await refusalOf(() => decodeCursor(binding('updated_at'), cursor));

    expect(refusal.code).toBe('invalid-cursor');
  });

  it.each([
    ['a title with a control character', ['title', 'a\nb']],
    ['a title with a lone surrogate', ['title', '\ud800']],
  ] as const)('is refused: %s', async (_, [sort, key]) => {
    const cursor = encodeCursor(binding(sort), { key, id: ID });

    expect((await refusalOf(() => decodeCursor(binding(sort), cursor))).code).toBe(
      'invalid-cursor',
    );
  });
});
