import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { answerOf, problemAnswer, type TaskBody } from '../support/http/answers';
import { fast } from '../support/http/fast-requests';
import { aTask, etagOf } from '../support/http/lists';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

const WRITES = [
  ['put', '', { title: 'Changed' }],
  ['patch', '', { title: 'Changed' }],
  ['patch', '/complete', { completed: true }],
  ['patch', '/complete', undefined],
  ['delete', '', undefined],
] as const;

describe('conditional writes', () => {
  let app: TestedApi;
  let caller: Caller;
  let task: TaskBody;
  /** Of the task, and of what it was before. */
  let etag: string;
  let former: string;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
  });
  beforeEach(async () => {
    const created = await aTask(app, caller);
    former = await etagOf(app, caller, created);
    const written = await fast(app, caller, 'PATCH', `/api/me/tasks/${created.id}/complete`);
    task = written.body as TaskBody;
    etag = written.etag ?? '';
  });
  afterAll(() => app.stop());

  describe.each(WRITES)('If-Match on %s …%s %j', (method, suffix, body) => {
    const write = (header: 'If-Match' | 'If-None-Match', value: string) =>
      app.send(method, `/api/me/tasks/${task.id}${suffix}`, caller).set(header, value).send(body);
    /** E stands for the tag of the task, F for the former one. */
    const inFull = (tags: string) =>
      tags
        .replace('E-gzip', `${etag.slice(0, -1)}-gzip"`)
        .replaceAll('E', etag)
        .replace('F', former);
    const stored = async () => (await fast(app, caller, 'GET', `/api/me/tasks/${task.id}`)).body;

    it('is refused as If-None-Match, which no write is for, unless it is *', async () => {
      expect(answerOf(await write('If-None-Match', former))).toEqual(
        problemAnswer('validation', {
          errors: [
            {
              header: 'If-None-Match',
              detail: 'must be * on a write; use If-Match to name a version',
            },
          ],
        }),
      );
      expect(answerOf(await write('If-None-Match', '*'))).toEqual(
        problemAnswer('precondition-failed', {
          detail: expect.stringMatching(/^`If-None-Match: \*` asks for a task that does not exist/),
          headers: { etag },
        }),
      );
      expect(await stored()).toEqual(task);
    });

    it.each([['E'], ['*'], [' * '], ['F, E'], ['W/E, E'], ['"other", , E ,'], ['"a,b",E']])(
      'writes for %s',
      async (tags) => {
        const response = await write('If-Match', inFull(tags));

        expect(response.status).toBe(method === 'delete' ? 204 : 200);
        if (method === 'delete') expect(response.headers['etag']).toBeUndefined();
        else expect(numberOf(response.headers['etag'])).toBeGreaterThan(numberOf(etag));
      },
    );

    it.each<[string, RegExp | undefined]>([
      ['F', undefined],
      ['"3"', undefined],
      ['"02"', /no tag of this API/],
      ['W/E', /^The task has not changed.*weak tag/],
      ['E-gzip', /^The task has not changed.*has added to its tag/],
      ['F, W/E', /^The task has not changed.*weak tag/],
      ['""', /no tag of this API/],
      ['"x"', /no tag of this API/],
      ['"9999999999999999999999"', /no tag of this API/],
    ])('does not write for %s, and tells why', async (tags, why) => {
      expect(answerOf(await write('If-Match', inFull(tags)))).toEqual(
        problemAnswer('precondition-failed', {
          headers: { etag },
          ...(why !== undefined && { detail: expect.stringMatching(why) }),
        }),
      );
      expect(await stored()).toEqual(task);
    });

    it('refuses what is no list of tags', async () => {
      expect(answerOf(await write('If-Match', '"2 "'))).toEqual(
        problemAnswer('validation', {
          errors: [
            {
              header: 'If-Match',
              detail:
                'must be * or a list of entity tags with their quotes, such as "1795867932976204"',
            },
          ],
        }),
      );
      expect(await stored()).toEqual(task);
    });
  });

  it.each<[method: 'post' | 'put' | 'patch' | 'delete', path: string, body: object | undefined]>([
    ['post', '/api/me/tasks', { title: 'x' }],
    ['post', '/api/me/tasks/bulk', { operations: [{ operation: 'create', task: { title: 'x' } }] }],
    ['put', '/api/me/tasks/ID', { title: 'x' }],
    ['patch', '/api/me/tasks/ID', { title: 'x' }],
    ['patch', '/api/me/tasks/ID/complete', undefined],
    ['delete', '/api/me/tasks/ID', undefined],
    ['post', '/api/me/trash/ID/restore', undefined],
    ['delete', '/api/me/trash/ID', undefined],
    ['post', '/api/users', undefined],
    ['delete', '/api/users/me', undefined],
  ])('a date is refused on %s %s', async (method, path, body) => {
    const response = await app
      .send(method, path.replace('ID', task.id), caller)
      .set('If-Unmodified-Since', 'Sun, 06 Nov 1994 08:49:37 GMT')
      .send(body);

    expect(answerOf(response)).toEqual(
      problemAnswer('validation', {
        errors: [
          {
            header: 'If-Unmodified-Since',
            detail: 'must be absent: name the version by `If-Match`, for dates are not compared',
          },
        ],
      }),
    );
  });

  it.each(['post', 'delete'] as const)(
    '%s of an account is refused, for that has no version',
    async (method) => {
      const path = method === 'post' ? '/api/users' : '/api/users/me';
      const response = await app
        .send(method, path, caller)
        .set({ 'If-Match': etag, 'If-None-Match': '*' });

      const detail = 'must be absent: an account has no `ETag` to compare';
      expect(answerOf(response)).toEqual(
        problemAnswer('validation', {
          errors: ['If-Match', 'If-None-Match'].map((header) => ({ header, detail })),
        }),
      );
      expect((await app.send('get', '/api/users/me', caller)).status).toBe(200);
    },
  );
});

const numberOf = (tag: string | undefined): number => Number(tag?.slice(1, -1));
