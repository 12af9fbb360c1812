import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { answerOf, problemAnswer, type TaskBody } from '../support/http/answers';
import { fast } from '../support/http/fast-requests';
import { aTask } from '../support/http/lists';
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

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
  });
  beforeEach(async () => {
    // Version 2, so that neither 1 nor the next one is the current.
    const created = await aTask(app, caller);
    task = (await fast(app, caller, 'PATCH', `/api/me/tasks/${created.id}/complete`))
      .body as TaskBody;
  });
  afterAll(() => app.stop());

  describe.each(WRITES)('If-Match on %s …%s %j', (method, suffix, body) => {
    const write = (header: 'If-Match' | 'If-None-Match', value: string) =>
      app.send(method, `/api/me/tasks/${task.id}${suffix}`, caller).set(header, value).send(body);
    const stored = async () => (await fast(app, caller, 'GET', `/api/me/tasks/${task.id}`)).body;

    it('is refused as If-None-Match, which no write is for, unless it is *', async () => {
      expect(answerOf(await write('If-None-Match', '"1"'))).toEqual(
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
          headers: { etag: '"2"' },
        }),
      );
      expect(await stored()).toEqual(task);
    });

    it.each([
      ['"2"'],
      ['*'],
      [' * '],
      ['"1", "2"'],
      ['W/"2", "2"'],
      ['"other", , "2" ,'],
      ['"a,b","2"'],
    ])('writes for %s', async (tags) => {
      const response = await write('If-Match', tags);

      expect(response.status).toBe(method === 'delete' ? 204 : 200);
      expect(response.headers['etag']).toBe(method === 'delete' ? undefined : '"3"');
    });

    it.each<[string, RegExp | undefined]>([
      ['"1"', undefined],
      ['"3"', undefined],
      ['"02"', /no tag of this API/],
      ['W/"2"', /^The task has not changed.*weak tag/],
      ['"2-gzip"', /^The task has not changed.*has added to its tag/],
      ['"1", W/"2"', /^The task has not changed.*weak tag/],
      ['""', /no tag of this API/],
      ['"x"', /no tag of this API/],
      ['"9999999999999999999999"', /no tag of this API/],
    ])('does not write for %s, and tells why', async (tags, why) => {
      expect(answerOf(await write('If-Match', tags))).toEqual(
        problemAnswer('precondition-failed', {
          headers: { etag: '"2"' },
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
              detail: 'must be * or a list of entity tags with their quotes, such as "3"',
            },
          ],
        }),
      );
      expect(await stored()).toEqual(task);
    });
  });
});
