import { describe, expect, it } from '@jest/globals';
import { etagOf, preconditionOf, versionsHeld } from '../../../src/tasks/task-etag';
import { refusalOf } from '../../support/app/refusal';

const MALFORMED = [
  '',
  ' ',
  '1',
  '"1',
  '1"',
  "'1'",
  '"1" "2"',
  'w/"1"',
  'W/ "1"',
  '*, "1"',
  ',',
  '"a b"',
  '"\u0007"',
];
const TAGS = 'must be * or a list of entity tags with their quotes, such as "1795867932976204"';

describe('the tag of a version', () => {
  it('is strong', () => {
    expect(etagOf('7')).toBe('"7"');
  });
});

describe('If-Match', () => {
  it.each([
    [undefined, undefined],
    ['*', undefined],
    [' * ', undefined],
    ['"1"', ['1']],
    ['"1", "2","3"', ['1', '2', '3']],
    [' "1" ', ['1']],
    [',, "1" , ,"2",', ['1', '2']],
    ['W/"1"', []],
    ['W/"1", "2"', ['2']],
    ['"W/", "2"', ['2']],
    ['"0"', []],
    ['"01"', []],
    ['"-1"', []],
    ['"1.0"', []],
    ['""', []],
    ['"a,b"', []],
    ['"\u00e9"', []],
    ['"999999999999999999"', ['999999999999999999']],
    ['"9999999999999999999"', []],
  ])('%j accepts the versions %j', (ifMatch, versions) => {
    const headers = ifMatch === undefined ? {} : { 'if-match': ifMatch };

    expect(preconditionOf(headers).versions).toEqual(versions);
  });

  it.each(MALFORMED)('must not be %j', async (ifMatch) => {
    const refusal = await refusalOf(() => preconditionOf({ 'if-match': ifMatch }));

    expect([refusal.code, refusal.faults]).toEqual([
      'validation',
      [{ header: 'If-Match', detail: TAGS }],
    ]);
  });
});

describe('a version that If-Match does not accept', () => {
  const explained = (ifMatch: string, version = '3'): string | undefined =>
    preconditionOf({ 'if-match': ifMatch }).explain(version);

  it.each(['W/"3"', 'W/"1", W/"3"', '"1", W/"3"', 'W/"3-gzip", W/"3"'])(
    'is the current one all the same, by a weak tag: %j',
    (ifMatch) => {
      expect(explained(ifMatch)).toMatch(/^The task has not changed.*Send the tag without `W\/`/);
    },
  );

  it.each(['"3-gzip"', '"3;br"', '"3--zstd"', 'W/"3-gzip"', '"3:1"'])(
    'is the current one all the same, by a tag that a proxy has altered: %j',
    (ifMatch) => {
      expect(explained(ifMatch)).toMatch(/^The task has not changed.*has added to its tag/);
    },
  );

  it.each(['"x"', '""', '"03"', 'W/"abc", "v3"', '"2-gzip"'])(
    'was never named: %j is no tag of this API',
    (ifMatch) => {
      expect(explained(ifMatch)).toMatch(/^`If-Match` holds no tag of this API/);
    },
  );

  it.each(['"2"', 'W/"2"', '"2", "4"', '"33"'])('has changed: %j', (ifMatch) => {
    expect(explained(ifMatch)).toBeUndefined();
  });

  it('is there, where If-None-Match asks that none is', () => {
    expect(preconditionOf({ 'if-none-match': '*' }).explain('3')).toMatch(
      /^`If-None-Match: \*` asks/,
    );
  });
});

describe('If-None-Match of a write', () => {
  it('accepts no version as *, whatever If-Match says', () => {
    expect(preconditionOf({ 'if-none-match': '*' }).versions).toEqual([]);
    expect(preconditionOf({ 'if-none-match': '*', 'if-match': '"1"' }).versions).toEqual([]);
  });

  it.each(['"1"', 'W/"1"', '1', ''])('must not be %j', async (ifNoneMatch) => {
    const refusal = await refusalOf(() => preconditionOf({ 'if-none-match': ifNoneMatch }));

    expect(refusal.faults).toEqual([
      {
        header: 'If-None-Match',
        detail: 'must be * on a write; use If-Match to name a version',
      },
    ]);
  });
});

describe('If-None-Match of a read', () => {
  it.each([
    [undefined, false],
    ['*', true],
    ['"7"', true],
    ['W/"7"', true],
    ['"1", W/"7"', true],
    ['"77"', false],
    ['"07"', false],
    ['"a7"', false],
    ['"1"', false],
  ])('%j says that version 7 is held: %s', (ifNoneMatch, held) => {
    expect(versionsHeld(ifNoneMatch)('7')).toBe(held);
  });

  it.each(MALFORMED)('must not be %j', async (ifNoneMatch) => {
    const refusal = await refusalOf(() => versionsHeld(ifNoneMatch));

    expect(refusal.faults).toEqual([{ header: 'If-None-Match', detail: TAGS }]);
  });
});
