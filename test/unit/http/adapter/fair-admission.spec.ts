import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Request } from 'express';
import { FairAdmission } from '../../../../src/http/adapter/fair-admission';
import { stopClock } from '../../../support/app/clock';

const WAIT_MS = 200;
const aTurn = () => new Promise(setImmediate);

/** Requests, in the order in which they are taken up. */
class Arrivals {
  readonly admission = new FairAdmission(WAIT_MS);
  readonly takenUp: string[] = [];
  readonly refused: string[] = [];
  readonly #requests = new Map<string, Request>();

  come(caller: string, count = 1): void {
    for (let n = 0; n < count; n += 1) {
      const name = `${caller} ${this.#requests.size}`;
      const request = new IncomingMessage(new Socket()) as Request;
      this.#requests.set(name, request);
      this.admission.admit(caller, request, (refusal) => {
        (refusal === undefined ? this.takenUp : this.refused).push(name);
      });
    }
  }

  /** @param bytes that its answer has */
  answer(name: string, bytes = 100): void {
    const request = this.#requests.get(name);
    if (request === undefined) throw new Error(`no request ${name}`);
    Object.defineProperty(request.socket, 'bytesWritten', { value: bytes });
    this.admission.leave(request);
  }

  goAway(): void {
    for (const { socket } of this.#requests.values()) socket.destroy();
  }

  of(caller: string): number {
    return this.takenUp.filter((name) => name.startsWith(`${caller} `)).length;
  }
}

describe('FairAdmission', () => {
  // By a clock that runs, a busy machine would hold places for long, and they are taken back.
  beforeEach(() => {
    stopClock();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('takes up what an idle server is asked at once', () => {
    const arrivals = new Arrivals();

    for (let n = 0; n < 32; n += 1) arrivals.come(`caller${n}`);

    expect(arrivals.takenUp).toHaveLength(32);
  });

  it('takes up 32 requests in a turn of the event loop, all of them in their order', async () => {
    const arrivals = new Arrivals();
    const afterEachTurn: number[] = [];

    for (let n = 0; n < 100; n += 1) arrivals.come(`caller${n}`);
    afterEachTurn.push(arrivals.takenUp.length);
    while (arrivals.takenUp.length < 100) {
      await aTurn();
      afterEachTurn.push(arrivals.takenUp.length);
    }

    expect(afterEachTurn).toEqual([32, 64, 96, 100]);
    expect(arrivals.takenUp).toEqual(Array.from({ length: 100 }, (_, n) => `caller${n} ${n}`));
  });

  it('takes up few of a crowd of one caller, and the request of another at once', () => {
    const arrivals = new Arrivals();

    arrivals.come('crowd', 64);
    arrivals.come('quiet');

    expect(arrivals.of('crowd')).toBeLessThanOrEqual(8);
    expect(arrivals.of('quiet')).toBe(1);
  });

  it('takes up the next of a crowd when one is answered, in the order of arrival', async () => {
    const arrivals = new Arrivals();

    arrivals.come('crowd', 20);
    const before = arrivals.of('crowd');
    arrivals.answer('crowd 0');
    await aTurn();

    expect(arrivals.takenUp).toEqual(Array.from({ length: before + 1 }, (_, n) => `crowd ${n}`));
  });

  it('has fewer in hand of a caller whose answers are long, and at last one', async () => {
    const arrivals = new Arrivals();

    arrivals.come('crowd', 64);
    const few = arrivals.of('crowd');
    for (let n = 0; n < few; n += 1) arrivals.answer(`crowd ${n}`, 400_000);
    await aTurn();

    expect(arrivals.of('crowd')).toBe(few + 1);
  });

  it('lets callers take turns where more wait than a turn takes', async () => {
    const arrivals = new Arrivals();

    for (let n = 0; n < 32; n += 1) arrivals.come(`first${n}`);
    arrivals.come('crowd', 5);
    arrivals.come('late');
    await aTurn();

    const [first, second, third] = arrivals.takenUp.slice(32);
    expect([first, second, third]).toEqual(['crowd 32', 'late 37', 'crowd 33']);
  });

  it('takes back a place that was held for long', async () => {
    jest.useRealTimers();
    const arrivals = new Arrivals();

    arrivals.come('crowd', 12);
    const before = arrivals.of('crowd');
    while (arrivals.of('crowd') < 12) await aTurn();

    expect(before).toBeLessThan(12);
    expect(arrivals.admission.waiting).toBe(0);
  });

  it('refuses the requests of a crowd that have waited for too long, and no others', async () => {
    jest.useRealTimers();
    const arrivals = new Arrivals();

    arrivals.come('crowd', 1_000);
    while (arrivals.admission.waiting > 0) await setTimeout(20);
    arrivals.come('quiet');

    expect(arrivals.refused.length).toBeGreaterThan(0);
    expect(arrivals.takenUp.length + arrivals.refused.length).toBe(1_001);
    expect(arrivals.of('quiet')).toBe(1);
  });

  it('takes up one of the longest crowd for each that comes, once 2,048 wait', () => {
    const arrivals = new Arrivals();

    arrivals.come('small', 20);
    arrivals.come('crowd', 2_100);
    const before = { small: arrivals.of('small'), crowd: arrivals.of('crowd') };
    arrivals.come('small', 3);

    expect(arrivals.admission.waiting).toBe(2_048);
    expect(arrivals.of('small')).toBe(before.small);
    expect(arrivals.of('crowd')).toBe(before.crowd + 3);
  });

  it('does nothing for clients that have gone meanwhile', async () => {
    const arrivals = new Arrivals();

    arrivals.come('crowd', 64);
    const before = arrivals.takenUp.length;
    arrivals.goAway();
    arrivals.answer('crowd 0');
    while (arrivals.admission.waiting > 0) await aTurn();

    expect(arrivals.takenUp).toHaveLength(before);
    expect(arrivals.refused).toEqual([]);
  });
});
