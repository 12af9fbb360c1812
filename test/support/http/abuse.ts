import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, answerOf, problemAnswer, type TaskBody } from './answers';
import { aTask } from './lists';
import { type RawAnswer, rawAnswers } from '../wire/raw-request';
import { sharedApplication } from '../app/shared-application';
import type { TestedApi } from '../app/tested-api';
import { aCaller, type Caller } from '../app/tokens';

/** Who takes part in an abuse. */
export interface Actors {
  readonly app: TestedApi;
  readonly caller: Caller;
  readonly task: TaskBody;
  readonly victim: Caller;
  readonly victimsTask: TaskBody;
}

/** One input of a row of the abuse catalogue, and the whole answer to it. */
export type Abuse = readonly [
  id: string,
  input: string,
  send: (actors: Actors) => PromiseLike<Parameters<typeof answerOf>[0] | Answer>,
  answer: Answer,
];

/** A row that cannot be tried on this API, and why. */
export type Inapplicable = readonly [id: string, reason: string];

/** Bytes that an attacker would like to see again. */
export const CANARY = 'canary-9d1c';

const LARGEST_PROBLEM_BYTES = 4_096;
const INNER_LIFE = /select |insert |update |delete from|postgres|typeorm|node_modules|\bat \w+ \(/i;

/**
 * Tries every input of one area of the catalogue. Beside giving its answer, a refusal repeats
 * nothing of the input, tells nothing of the inside, stays small, and changes no row.
 */
export function describeAbuses(
  area: string,
  ids: readonly string[],
  abuses: readonly Abuse[],
  inapplicable: readonly Inapplicable[] = [],
): void {
  describe(`abuse: ${area}`, () => {
    let actors: Actors;

    beforeAll(async () => {
      const app = await sharedApplication();
      const [caller, victim] = [await aCaller(), await aCaller()];
      const task = await aTask(app, caller, { title: 'Mine' });
      const victimsTask = await aTask(app, victim, { title: 'Not yours' });
      actors = { app, caller, task, victim, victimsTask };
    });
    afterAll(() => actors.app.stop());

    it.each(abuses)('%s: %s', async (_id, _input, send, expected) => {
      const before = await everyRow(actors);
      const result = await send(actors);

      const answer = 'header' in result ? answerOf(result) : result;
      expect(answer).toEqual(expected);
      if (answer.status < 400) return;
      const text = JSON.stringify(answer.body ?? '');
      expect(text).not.toContain(CANARY);
      expect(text).not.toMatch(INNER_LIFE);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LARGEST_PROBLEM_BYTES);
      expect(await everyRow(actors)).toEqual(before);
    });

    it('leaves out no row of the catalogue', () => {
      const covered = [...abuses, ...inapplicable].map(([id]) => id);
      expect([...new Set(covered)].sort()).toEqual([...ids].sort());
    });
  });
}

/** An attempt to create a task from this JSON text. */
export function create(id: string, input: string, body: string, answer: Answer): Abuse {
  return [
    id,
    input,
    ({ app, caller }) =>
      app.send('post', '/api/me/tasks', caller).set('Content-Type', 'application/json').send(body),
    answer,
  ];
}

/** An attempt to create a task with one faulty property. */
export function createFaulty(id: string, fields: object, property: string, detail: string): Abuse {
  const body = JSON.stringify({ title: 'x', ...fields });
  const errors = [{ pointer: `/${property}`, detail }];
  return create(id, body.slice(0, 40), body, problemAnswer('validation', { errors }));
}

/** The first answer to bytes that the test writes itself; the connection must then close. */
export async function rawAnswer({ app }: Actors, bytes: string | Uint8Array): Promise<Answer> {
  const [answer] = await rawAnswers(app.port, bytes);
  if (answer === undefined) throw new Error('The connection closed without an answer');
  return answerOfRaw(answer);
}

/** Creates from bytes that a client would not send, or would send in another form. */
export function rawPost(
  actors: Actors,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): Promise<Answer> {
  const lines = Object.entries({
    Host: 'x',
    Connection: 'close',
    Authorization: actors.caller.authorization,
    'Content-Length': String(body.length),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST /api/me/tasks HTTP/1.1\r\n${lines.join('')}\r\n`;
  return rawAnswer(actors, Buffer.concat([Buffer.from(head), body]));
}

function answerOfRaw({ status, headers, text, json }: RawAnswer): Answer {
  const {
    connection,
    date: _date,
    'content-length': _length,
    'x-request-id': _id,
    ...rest
  } = headers;
  expect(connection).toBe('close');
  return { status, headers: rest, body: json ?? (text === '' ? undefined : text) };
}

async function everyRow({ app }: Actors): Promise<readonly object[]> {
  return [
    ...(await app.database.query('select * from users order by id')),
    ...(await app.database.query('select * from tasks order by user_id, id')),
    ...(await app.database.query('select * from trash order by user_id, id')),
  ];
}
