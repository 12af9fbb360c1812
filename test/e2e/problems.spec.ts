import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Response } from 'supertest';
import { newTask } from '../../src/tasks/task-id';
import { PROBLEM_TYPES, type ProblemType } from '../../src/problems/problem-types';
import { answerOf, problemAnswer } from '../support/http/answers';
import { aTask } from '../support/http/lists';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

const TYPES: [string, ProblemType][] = Object.entries(PROBLEM_TYPES);

describe('problems', () => {
  let app: TestedApi;
  let caller: Caller;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
  });
  afterAll(() => app.stop());

  const create = (body: string): PromiseLike<Response> =>
    app.send('post', '/api/me/tasks', caller).set('Content-Type', 'application/json').send(body);

  it('names at most 20 faults, in at most 4 kB', async () => {
    const names = Array.from({ length: 1_000 }, (_, i) => `${i}-`.padEnd(64, 'x'));
    const response = await create(
      JSON.stringify(Object.fromEntries(names.map((name) => [name, 1]))),
    );

    expect(answerOf(response)).toEqual(
      problemAnswer('validation', {
        errors: names
          .slice(0, 20)
          .map((name) => ({ pointer: `/${name}`, detail: 'is not known here' })),
      }),
    );
    expect(Buffer.byteLength(response.text)).toBeLessThanOrEqual(4_096);
  });

  it.each([
    ['a value', { title: 'canary '.repeat(40) }],
    ['a wrong type', { title: ['canary'] }],
    ['markup in a name', { '<b>canary</b>': 1, title: 'x' }],
    ['a name of 65 characters', { ['canary'.padEnd(65, 'x')]: 1, title: 'x' }],
    ['an id that is none', { id: 'canary', title: 'x' }],
    ['a user id that is not the path’s', { user_id: 'canary', title: 'x' }],
  ])('never repeat %s', async (_, body) => {
    const response = await create(JSON.stringify(body));

    expect(response.status).toBe(400);
    expect(response.text).not.toContain('canary');
  });

  it('tell a foreign task from a missing one in nothing but the request', async () => {
    const other = await aCaller();
    const theirs = await aTask(app, other);
    const strip = (response: Response): unknown => {
      const { request_id: requestId, ...rest } = response.body;
      const { date: _date, 'x-request-id': header, ...headers } = response.headers;
      expect(header).toBe(requestId);
      return { status: response.status, headers, rest };
    };
    const get = (path: string) => app.send('get', path, caller);

    const foreignTask = await get(`/api/me/tasks/${theirs.id}`);
    const missingTask = await get(`/api/me/tasks/${newTask().id}`);
    const foreignUser = await get(`/api/${other.userId}/tasks/${theirs.id}`);
    const missingUser = await get(`/api/${newTask().id}/tasks/${newTask().id}`);

    expect(strip(foreignTask)).toEqual(strip(missingTask));
    expect(strip(foreignUser)).toEqual(strip(missingUser));
    expect(foreignTask.body.instance).toBeUndefined();
    expect(foreignUser.body.instance).toBeUndefined();
  });

  it.each(TYPES)('/problems/%s says what it means and what to do', async (code, type) => {
    const response = await app.send('get', `/problems/${code}`);

    const advice = type.advice.replaceAll('<', '&lt;').replaceAll(/`([^`]+)`/g, '<code>$1</code>');
    expect(response.status).toBe(200);
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(response.text).toContain(`<title>${type.status} ${type.title}</title>`);
    expect(response.text).toContain(`<code>${code}</code>`);
    expect(response.text).toContain(advice);
    expect(response.text).not.toMatch(/(href|src)="?https?:|<script/);
  });

  it('/problems lists them all', async () => {
    const response = await app.send('get', '/problems');

    const links = [...response.text.matchAll(/href="problems\/([\w-]+)"/g)].map(([, code]) => code);
    expect(links).toEqual(TYPES.map(([code]) => code));
  });

  it('have a type that resolves', async () => {
    const { type } = (await app.send('get', '/nothing')).body;

    expect((await app.send('get', type)).status).toBe(200);
  });
});
