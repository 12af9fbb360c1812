import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Finding } from '../../../../src/database/finding';
import { IsolationStatus } from '../../../../src/user-scope/isolation-status';
import { IsolationWatch } from '../../../../src/database/isolation/isolation-watch';
import { stopClock } from '../../../support/app/clock';

const EVERY_MS = 60_000;
const WRONG: readonly Finding[] = [{ what: 'tasks are open', remedies: ['close them;'] }];

type Outcome = 'right' | 'wrong' | 'failed';

/** Looks whose outcomes a test decides, and a status that hears of them. */
class Looks {
  count = 0;
  #answer: (outcome: Outcome) => void = () => undefined;
  readonly status = new IsolationStatus(
    new IsolationWatch(async () => {
      this.count += 1;
      const outcome = await new Promise<Outcome>((resolve) => (this.#answer = resolve));
      if (outcome === 'failed') throw new Error('no answer');
      return outcome === 'wrong' ? WRONG : [];
    }, EVERY_MS),
  );

  async answer(outcome: Outcome): Promise<void> {
    this.#answer(outcome);
    await new Promise(setImmediate);
  }

  /** A request of the next minute, whose look ends like this. */
  async next(outcome: Outcome): Promise<void> {
    jest.advanceTimersByTime(EVERY_MS);
    this.status.refusal();
    await this.answer(outcome);
  }
}

describe('The watch over the isolation', () => {
  let looks: Looks;

  beforeEach(() => {
    Logger.overrideLogger(false);
    stopClock();
    looks = new Looks();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const problem = () => looks.status.refusal()?.code;

  it('looks once a minute, and only when a request comes', async () => {
    jest.advanceTimersByTime(EVERY_MS - 1);
    problem();
    expect(looks.count).toBe(0);

    jest.advanceTimersByTime(1);
    expect(looks.count).toBe(0);
    problem();
    expect(looks.count).toBe(1);
    await looks.answer('right');

    problem();
    jest.advanceTimersByTime(EVERY_MS - 1);
    problem();
    expect(looks.count).toBe(1);
    jest.advanceTimersByTime(1);
    problem();
    expect(looks.count).toBe(2);
  });

  it('makes one look at a time, however long it takes', () => {
    for (let minute = 0; minute < 3; minute += 1) {
      jest.advanceTimersByTime(EVERY_MS);
      problem();
    }

    expect(looks.count).toBe(1);
  });

  it('refuses requests after two wrong looks in a row, until one is right', async () => {
    await looks.next('wrong');
    expect(problem()).toBeUndefined();

    await looks.next('wrong');
    expect(problem()).toBe('isolation-lost');

    await looks.next('wrong');
    expect(problem()).toBe('isolation-lost');

    await looks.next('right');
    expect(problem()).toBeUndefined();

    await looks.next('wrong');
    expect(problem()).toBeUndefined();
    expect(looks.status.verdict).toEqual({
      lost: false,
      checks: { right: 1, wrong: 4, failed: 0 },
    });
  });

  it('forgets a wrong look once one was right', async () => {
    for (const outcome of ['wrong', 'right', 'wrong'] as const) await looks.next(outcome);

    expect(problem()).toBeUndefined();
  });

  it('continues as before if it cannot look', async () => {
    await looks.next('failed');
    await looks.next('failed');
    expect(problem()).toBeUndefined();

    await looks.next('wrong');
    await looks.next('failed');
    await looks.next('wrong');
    expect(problem()).toBe('isolation-lost');

    await looks.next('failed');
    expect(problem()).toBe('isolation-lost');
    expect(looks.status.verdict.checks).toEqual({ right: 0, wrong: 2, failed: 4 });
  });
});
