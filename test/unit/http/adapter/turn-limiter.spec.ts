import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { TurnLimiter } from '../../../../src/http/adapter/task-api.adapter';

const anAnswer = () => new ServerResponse(new IncomingMessage(new Socket()));
const aTurn = () => new Promise(setImmediate);

describe('TurnLimiter', () => {
  it('takes up what an idle server is asked at once', () => {
    const admission = new TurnLimiter();
    const handled: number[] = [];

    for (let n = 0; n < 32; n += 1) admission.admit(anAnswer(), () => handled.push(n));

    expect(handled).toHaveLength(32);
  });

  it('takes up 32 requests in a turn of the event loop, all of them in their order', async () => {
    const admission = new TurnLimiter();
    const handled: number[] = [];
    const afterEachTurn: number[] = [];

    for (let n = 0; n < 100; n += 1) admission.admit(anAnswer(), () => handled.push(n));
    afterEachTurn.push(handled.length);
    while (handled.length < 100) {
      await aTurn();
      afterEachTurn.push(handled.length);
    }

    expect(afterEachTurn).toEqual([32, 64, 96, 100]);
    expect(handled).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  it('lets nobody who comes later overtake those who wait', async () => {
    const admission = new TurnLimiter();
    const handled: string[] = [];
    const come = (name: string): void => {
      admission.admit(anAnswer(), () => handled.push(name));
    };

    for (let n = 0; n < 70; n += 1) come('early');
    await aTurn();
    for (let n = 0; n < 32; n += 1) come('late');
    while (handled.length < 102) await aTurn();

    expect(handled.indexOf('late')).toBe(70);
  });

  it('takes up the oldest for each that comes, once 2,048 wait', () => {
    const admission = new TurnLimiter();
    const handled: number[] = [];

    for (let n = 0; n < 32 + 2_048; n += 1) admission.admit(anAnswer(), () => handled.push(n));
    expect(handled).toHaveLength(32);
    for (let n = 0; n < 3; n += 1) admission.admit(anAnswer(), () => handled.push(-1));

    expect(handled.slice(32)).toEqual([32, 33, 34]);
    expect(admission.waiting).toBe(2_048);
  });

  it('does nothing for clients that have gone meanwhile', async () => {
    const admission = new TurnLimiter();
    const handled: number[] = [];
    const answers = Array.from({ length: 100 }, anAnswer);

    answers.forEach((answer, n) => {
      admission.admit(answer, () => handled.push(n));
    });
    for (const answer of answers.slice(32, 99)) answer.destroy();
    await aTurn();

    expect(handled.slice(32)).toEqual([99]);
  });
});
