import { describe, expect, it } from '@jest/globals';
import { acceptedVersions, etagOf, versionsHeld } from '../../../src/tasks/task-etag';
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

    expect(acceptedVersions(headers)).toEqual(versions);
  });

  it.each(MALFORMED)('must not be %j', async (ifMatch) => {
    const refusal = await refusalOf(() => acceptedVersions({ 'if-match': ifMatch }));

    expect([refusal.code, refusal.faults]).toEqual([
      'validation',
      [{ header: 'If-Match', detail: 'must be * or a list of quoted entity tags' }],
    ]);
  });
});

describe('If-None-Match of a write', () => {
  it('accepts no version as *, whatever If-Match says', () => {
    expect(acceptedVersions({ 'if-none-match': '*' })).toEqual([]);
    expect(acceptedVersions({ 'if-none-match': '*', 'if-match': '"1"' })).toEqual([]);
  });

  it.each(['"1"', 'W/"1"', '1', ''])('must not be %j', async (ifNoneMatch) => {
    const refusal = await refusalOf(() => acceptedVersions({ 'if-none-match': ifNoneMatch }));

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

    expect(refusal.faults).toEqual([
      { header: 'If-None-Match', detail: 'must be * or a list of quoted entity tags' },
    ]);
  });
});
