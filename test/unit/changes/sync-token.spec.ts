import { describe, expect, it } from '@jest/globals';
import {
  encodeSyncToken,
  type Feed,
  feedOfNobody,
  type FeedPosition,
  isGood,
  parseSyncToken,
  SYNC_TOKEN_MAX_LENGTH,
  SYNC_TOKEN_PATTERN,
  syncTokenFault,
} from '../../../src/changes/sync-token';

const DAY = 86_400_000_000;
const NOW = 1_795_868_123_456_789;
const ADA = '0c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5';
const EVE = '1c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5';
const TASK = '01a20297-4e3d-7c3e-9f60-3a5d1f0b2c4d';
const FEED: Feed = { userId: ADA, since: NOW - 90 * DAY, lastChange: NOW - 5, now: NOW };

/** Whether a token that the first feed gave is good for the second. */
const isTaken = (position: FeedPosition, by: Partial<Feed> = {}, of: Partial<Feed> = {}) => {
  const token = parseSyncToken(encodeSyncToken({ ...FEED, ...of }, position));
  return token !== undefined && isGood(token, { ...FEED, ...by });
};
const at = (number: number, readAt = number): FeedPosition => ({ number, readAt });

describe('a sync token', () => {
  it.each([at(NOW), at(1, NOW), at(0, 0), { ...at(NOW), taskId: TASK }])(
    'is read as it was written, but for the minutes: %j',
    (position) => {
      const text = encodeSyncToken(FEED, position);

      expect(text).toMatch(new RegExp(SYNC_TOKEN_PATTERN));
      expect(text.length).toBeLessThanOrEqual(SYNC_TOKEN_MAX_LENGTH);
      expect(syncTokenFault(text)).toBeUndefined();
      const { readAt, ...token } = parseSyncToken(text) ?? at(-1);
      expect(token).toEqual({ text, number: position.number, taskId: position.taskId });
      expect(position.readAt - readAt).toBeGreaterThanOrEqual(0);
      expect(position.readAt - readAt).toBeLessThan(DAY / 24);
    },
  );

  it('grows with the number, read as one', () => {
    const [one, next] = [NOW, NOW + 1].map((n) => BigInt(encodeSyncToken(FEED, at(n))));

    expect(next).toBeGreaterThan(one ?? 0n);
  });

  it('is good for 30 days', () => {
    expect(isTaken(at(NOW - 29 * DAY))).toBe(true);
    expect(isTaken(at(NOW - 31 * DAY))).toBe(false);
  });

  it('is good for 30 days after it was read, however old the last change was then', () => {
    expect(isTaken(at(NOW - 80 * DAY, NOW - 29 * DAY))).toBe(true);
    expect(isTaken(at(NOW - 80 * DAY, NOW - 31 * DAY))).toBe(false);
  });

  it('is good for ever while nothing changes', () => {
    const lastChange = NOW - 80 * DAY;

    expect(isTaken(at(lastChange), { lastChange })).toBe(true);
    expect(isTaken(at(lastChange - 1), { lastChange })).toBe(false);
  });

  it('is not good where it is of the future', () => {
    expect(isTaken(at(NOW))).toBe(false);
    expect(isTaken(at(NOW - 5))).toBe(true);
  });

  it('is not good for another user, or another life of the account', () => {
    expect(isTaken(at(NOW - 10), { userId: EVE })).toBe(false);
    expect(isTaken(at(NOW - 10), { since: NOW - 20 })).toBe(false);
    expect(isTaken(at(NOW - 5), { userId: EVE })).toBe(false);
  });

  it('of nobody is good until there is an account', () => {
    const nobody = feedOfNobody(ADA);
    const token = at(nobody.lastChange, nobody.now);

    expect(isTaken(token, nobody, nobody)).toBe(true);
    expect(isTaken(token, {}, nobody)).toBe(false);
    expect(isTaken(token, feedOfNobody(EVE), nobody)).toBe(false);
    expect(isTaken(at(NOW - 5), nobody)).toBe(false);
  });

  it('that somebody has changed is not good', () => {
    const texts = [at(NOW - 10), { ...at(NOW - 10), taskId: TASK }].map((position) =>
      encodeSyncToken(FEED, position),
    );
    for (const text of texts) {
      for (let place = 0; place < text.length; place += 1) {
        const digit = text.charAt(place) === '1' ? '2' : '1';
        const changed = text.slice(0, place) + digit + text.slice(place + 1);
        const token = parseSyncToken(changed);

        expect([changed, token !== undefined && isGood(token, FEED)]).toEqual([changed, false]);
      }
    }
  });

  it.each([
    '1',
    '999999999999',
    String(NOW),
    '9'.repeat(40),
    `${NOW}498852123456-${'f'.repeat(36)}`,
  ])('is none that this API has made: %s', (text) => {
    const token = parseSyncToken(text);

    expect(syncTokenFault(text)).toBeUndefined();
    expect(token !== undefined && isGood(token, FEED)).toBe(false);
  });

  it.each(['', 'abc', '-1', '1.5', ' 1', '1e3', '0x1', '9'.repeat(41), `1-${TASK.toUpperCase()}`])(
    'looks like no other text: %j',
    (text) => {
      expect(syncTokenFault(text)).toBe(
        'must be `next`, or the `id` of an event, exactly as the API gave it',
      );
    },
  );

  it('is given once', () => {
    expect(syncTokenFault(['1', '2'])).toBe('must be given once');
  });
});
