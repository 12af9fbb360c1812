import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '../../../../src/problems/problem-error';
import {
  digestsOf,
  idempotencyKeyOf,
  type KeyedRequest,
} from '../../../../src/tasks/replies/idempotency-key';

const BLANK = 'must have 1 to 255 visible ASCII characters, and no blank';

function faultOf(key: string): string | undefined {
  try {
    idempotencyKeyOf({ 'idempotency-key': key });
    return undefined;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    expect(error.code).toBe('idempotency-key-invalid');
    return error.faults[0]?.detail;
  }
}

describe('an Idempotency-Key', () => {
  it.each(['a', '!', '~', 'x'.repeat(255), '"quoted"', 'a,b', "it's", 'back\\slash', 'null'])(
    'is taken as it is: %s',
    (key) => {
      expect(idempotencyKeyOf({ 'idempotency-key': key })).toBe(key);
    },
  );

  it('need not be there', () => {
    expect(idempotencyKeyOf({})).toBeUndefined();
  });

  it.each([
    ['empty', '', BLANK],
    ['too long', 'x'.repeat(256), BLANK],
    ['with a blank', 'a b', BLANK],
    ['with a tab', 'a\tb', BLANK],
    ['with a line break at its end', 'a\n', BLANK],
    ['beyond ASCII', 'é', BLANK],
    ['a control character', '\x7f', BLANK],
    ['two, as Node joins them', 'one, two', 'must be given once, with one key'],
  ])('is refused: %s', (_, key, detail) => {
    expect(faultOf(key)).toBe(detail);
  });
});

describe('the digests of a keyed write', () => {
  const REQUEST: KeyedRequest = {
    operation: 'patch',
    taskId: 't',
    content: () => ({ title: 'Milk', due: null }),
    versions: ['1', '2'],
  };
  const requestOf = (changes: Partial<KeyedRequest>): string =>
    digestsOf('key', { ...REQUEST, ...changes }).request;

  it('are 128 bits each, and say nothing of each other', () => {
    const { key, request } = digestsOf('key', REQUEST);
    expect([key, request]).toEqual([
      expect.stringMatching(/^[\da-f]{32}$/),
      expect.stringMatching(/^[\da-f]{32}$/),
    ]);
    expect(digestsOf('Key', REQUEST)).toEqual({ key: expect.not.stringMatching(key), request });
  });

  it.each<[string, Partial<KeyedRequest>]>([
    ['in another order', { content: () => ({ due: null, title: 'Milk' }) }],
    ['with what is undefined', { content: () => ({ title: 'Milk', due: null, tags: undefined }) }],
    ['with its versions in another order, and twice', { versions: ['2', '1', '2'] }],
  ])('are the same however the request is written: %s', (_, changes) => {
    expect(requestOf(changes)).toBe(requestOf({}));
  });

  it.each<[string, Partial<KeyedRequest>]>([
    ['operation', { operation: 'replace' }],
    ['task', { taskId: 'u' }],
    ['value', { content: () => ({ title: 'milk', due: null }) }],
    ['type of a value', { content: () => ({ title: 'Milk', due: 'null' }) }],
    ['absent field', { content: () => ({ title: 'Milk' }) }],
    ['absent body', { content: undefined }],
    ['absent condition', { versions: undefined }],
    ['empty condition', { versions: [] }],
    ['version', { versions: ['1'] }],
  ])('differ by each part of the request: %s', (_, changes) => {
    expect(requestOf(changes)).not.toBe(requestOf({}));
  });
});
