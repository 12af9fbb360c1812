import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from '@commander-js/extra-typings';
import {
  counted,
  duration,
  fileName,
  grouped,
  subjectName,
  userId,
  utcDate,
  wholeNumber,
} from '../../../src/cli/option-values';

describe('a whole number', () => {
  const read = wholeNumber(1, 1_000_000);

  it.each([
    ['1', 1],
    ['007', 7],
    ['1000000', 1_000_000],
    ['1_000_000', 1_000_000],
    ['10,000', 10_000],
  ])('reads %s', (text, value) => {
    expect(read(text)).toBe(value);
  });

  it.each(['', '0', '-5', '1000001', '1.5', '1e3', '0x10', ' 1', 'ten', '1_00', '١', '1,000_000,'])(
    'refuses "%s" and says what it accepts',
    (text) => {
      expect(() => read(text)).toThrow(
        new InvalidArgumentError('It must be a whole number from 1 to 1,000,000.'),
      );
    },
  );
});

describe('a time span', () => {
  const read = duration(7 * 86_400);

  it.each([
    ['1s', 1],
    ['90s', 90],
    ['15m', 900],
    ['24h', 86_400],
    ['7d', 604_800],
  ])('reads %s as %i seconds', (text, seconds) => {
    expect(read(text)).toBe(seconds);
  });

  it.each(['', '0s', '24', 'h', '-1h', '1.5h', '8d', '1w', '1 h', '9999999999s'])(
    'refuses "%s" and says what it accepts',
    (text) => {
      expect(() => read(text)).toThrow(
        new InvalidArgumentError('It must be a time span such as 90s, 15m, 24h or 7d, at most 7d.'),
      );
    },
  );
});

describe('the longest time span', () => {
  it.each([
    [90, '90s'],
    [90 * 60, '90m'],
    [3_600, '1h'],
    [365 * 86_400, '365d'],
  ])('of %i seconds is called %s', (seconds, name) => {
    expect(() => duration(seconds)('9999999999s')).toThrow(`at most ${name}.`);
  });
});

describe('a date', () => {
  it('is the beginning of the day in UTC', () => {
    expect(utcDate('2028-02-29').toISOString()).toBe('2028-02-29T00:00:00.000Z');
  });

  it.each(['', '2026-02-30', '2027-02-29', '2026-13-01', '1999-12-31', '2026-1-1', '01.11.2026'])(
    'refuses "%s" and says what it accepts',
    (text) => {
      expect(() => utcDate(text)).toThrow(
        new InvalidArgumentError('It must be a date such as 2026-11-01, from the year 2000 on.'),
      );
    },
  );
});

describe('the name of a file', () => {
  it.each(['tasks.csv', '-', '/dev/stdout', './--json', 'a--b'])('reads %s', (text) => {
    expect(fileName(text)).toBe(text);
  });

  it('refuses none', () => {
    expect(() => fileName('')).toThrow(new InvalidArgumentError('It must not be empty.'));
  });

  it('refuses an option that stands where the name was forgotten', () => {
    expect(() => fileName('--json')).toThrow(
      new InvalidArgumentError('It looks like an option; for a file of that name write ./--json.'),
    );
  });
});

describe('the id of a user', () => {
  it('is read in any case', () => {
    expect(userId('9AAC614B-E5BA-5338-9A1F-1C3745BE5FE4')).toBe(
      '9aac614b-e5ba-5338-9a1f-1c3745be5fe4',
    );
  });

  it.each(['', '9aac614be5ba53389a1f1c3745be5fe4', '{9aac614b-e5ba-5338-9a1f-1c3745be5fe4}'])(
    'is not "%s", which is told where to find it',
    (text) => {
      expect(() => userId(text)).toThrow(
        /^It must be a UUID\. GET \/api\/users\/me returns it, and each task has it as user_id\.$/,
      );
    },
  );

  it.each(['me', 'ME'])('is not "%s": a command has no caller', (text) => {
    expect(() => userId(text)).toThrow(
      'It must be a UUID. "me" is the caller of a request; a command has no caller. GET /api/users/me returns it',
    );
  });
});

describe('a large number', () => {
  it('is shown in groups of three digits', () => {
    expect([0, 999, 1_000, 1_234_567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']);
  });

  it('of things has their name in the right number', () => {
    expect([0, 1, 2_000].map((count) => counted(count, 'task'))).toEqual([
      '0 tasks',
      '1 task',
      '2,000 tasks',
    ]);
  });
});

describe('the name of a user in tokens', () => {
  it.each(['ada', 'auth0|1', ' ', '🙂'.repeat(255)])('may be %j', (name) => {
    expect(subjectName(name)).toBe(name);
  });

  it.each(['', 'a'.repeat(256), '\ud800'])('is not %j, which no token can have', (name) => {
    expect(() => subjectName(name)).toThrow(InvalidArgumentError);
  });
});
