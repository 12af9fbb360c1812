import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type EndTurn,
  FairTurns,
  type TurnRequest,
} from '../../../../src/database/pool/fair-turns';
import { outcomeOf } from '../../../support/app/outcome';

const RULES = { places: 4, reserved: 1, ofUser: 2, waitMs: 1_500 };

describe('turns', () => {
  let turns: FairTurns;
  let started: string[];
  let ends: Map<string, EndTurn>;
  let test: AbortController;

  beforeEach(() => {
    turns = new FairTurns(RULES);
    started = [];
    ends = new Map();
    test = new AbortController();
  });
  afterEach(() => {
    test.abort();
    jest.useRealTimers();
  });

  /** A wish of a user, who is the first letter of its name; tells how it ended. */
  const wish = (name: string, more: Partial<TurnRequest> = {}): Promise<string> => {
    const { isUrgent = false, signal = test.signal } = more;
    const turn = turns.take({ userId: name.charAt(0), isUrgent, signal }).then((end) => {
      started.push(name);
      ends.set(name, end);
    });
    return outcomeOf(turn);
  };
  const ask = (...names: readonly string[]): void => {
    for (const name of names) void wish(name);
  };
  const urge = (name: string): void => void wish(name, { isUrgent: true });
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await settled();
  };
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('start at once while there are some', async () => {
    ask('a1', 'b1', 'c1');
    await settled();

    expect(started).toEqual(['a1', 'b1', 'c1']);
  });

  it('alternate among users who have none: next is the one who has waited for longest', async () => {
    ask('a1', 'b1', 'c1');
    ask('a2', 'a3', 'd1');
    await settled();

    await end('a1');
    expect(started).toEqual(['a1', 'b1', 'c1', 'd1']);

    await end('b1');
    expect(started).toEqual(['a1', 'b1', 'c1', 'd1', 'a2']);
  });

  it('are for one user only so many, and the rest of its wishes wait', async () => {
    ask('a1', 'a2', 'a3', 'b1');
    await settled();
    expect(started).toEqual(['a1', 'a2', 'b1']);

    await end('b1');
    expect(started).toEqual(['a1', 'a2', 'b1']);

    await end('a1');
    expect(started).toEqual(['a1', 'a2', 'b1', 'a3']);
  });

  it('go to whoever has the fewest, not to the crowd that came first', async () => {
    ask('a1', 'a2', 'b1');
    ask('a3', 'b2', 'c1', 'c2');
    await settled();
    expect(turns.waiting).toBe(4);

    await end('a1');
    expect(started.slice(3)).toEqual(['c1']);
    await end('a2');
    expect(started.slice(3)).toEqual(['c1', 'a3']);
  });

  it('are kept for urgent work, which goes first and does not wait for its own user', async () => {
    ask('a1', 'a2', 'b1', 'c1');
    urge('a!');
    urge('b!');
    await settled();
    expect(started.slice(3)).toEqual(['a!']);

    await end('b1');
    expect(started.slice(3)).toEqual(['a!', 'b!']);
  });

  it('are for urgent work of one user no more than one', async () => {
    urge('a!');
    urge('a!!');
    await settled();
    expect(started).toEqual(['a!']);

    await end('a!');
    expect(started).toEqual(['a!', 'a!!']);
  });

  it('are refused as overloaded when they do not come in time', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    ask('a1', 'a2');
    const late = wish('a3');

    await jest.advanceTimersByTimeAsync(1_500);

    expect(await late).toBe('overloaded');
    expect(turns.waiting).toBe(0);
    await end('a1');
    expect(started).toEqual(['a1', 'a2']);
  });

  it('are waited for by a bounded number, of one user and in all', async () => {
    const outcomes = Array.from({ length: 70 }, () => wish('a'));
    await settled();
    expect(turns.waiting).toBe(64);
    expect(await Promise.all(outcomes.slice(66))).toEqual(Array<string>(4).fill('overloaded'));

    ask(...Array.from({ length: 600 }, (_, n) => String.fromCodePoint(0x4e00 + n)));
    await settled();
    expect(turns.waiting).toBe(512);
  });

  it('are waited for by a newcomer, too, where a crowd has taken all places', async () => {
    const crowd = [...'abcdefgh'].flatMap((user) =>
      Array.from({ length: 70 }, (_, n) => wish(`${user}${n}`)),
    );
    await settled();
    expect(turns.waiting).toBe(512);
    const refused = async () =>
      (await Promise.all(crowd.map((one) => Promise.race([one, settled()])))).filter(
        (outcome) => outcome === 'overloaded',
      ).length;
    const before = await refused();

    ask('y0', 'y1', 'z0');
    await settled();

    expect(turns.waiting).toBe(512);
    expect(await refused()).toBe(before + 3);
    for (let turn = 0; turn < 10; turn += 1) await end(started[turn] ?? '');
    // Each of the crowd has had one turn by then, and none of them a third.
    expect(started).toEqual(expect.arrayContaining(['y0', 'z0']));
  });

  it('stay with those who wait, where nobody has fewer places', async () => {
    const names = Array.from({ length: 515 }, (_, n) => String.fromCodePoint(0x4e00 + n));
    ask(...names);
    await settled();

    expect(await wish('z')).toBe('overloaded');
    expect(turns.waiting).toBe(512);
  });

  it('are no longer waited for once nobody wants them', async () => {
    const nobody = new AbortController();
    ask('a1', 'a2');
    const waiting = wish('a3', { signal: nobody.signal });

    nobody.abort(new Error('gone'));

    expect(await waiting).toBe('gone');
    expect(turns.waiting).toBe(0);
    expect(await wish('b1', { signal: nobody.signal })).toBe('gone');
    expect(started).toEqual(['a1', 'a2']);
  });
});
