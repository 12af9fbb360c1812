import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Response } from 'supertest';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller } from '../support/app/tokens';
import { answerOf, problemAnswer, type TaskBody } from '../support/http/answers';
import { aTask } from '../support/http/lists';

let app: TestedApi;
beforeAll(async () => {
  app = await sharedApplication();
});
afterAll(() => app.stop());

const tasksIn = ({ text }: Response): readonly TaskBody[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TaskBody);

const nextOf = ({ headers }: Response): string | undefined =>
  /^<(.+)>; rel="next"$/.exec(headers['link'] ?? '')?.[1];

describe('an export', () => {
  it('has every task in a line of its own, as the list has it', async () => {
    const caller = await aCaller();
    await aTask(app, caller, { title: 'Plain' });
    await aTask(app, caller, { title: '},{"id":"', description: 'two\r\nlines\u2028and a half' });
    const { body } = await app.send('get', '/api/me/tasks', caller).expect(200);

    const exported = await app.send('get', '/api/me/export', caller).expect(200);
    expect(exported.headers['content-type']).toBe('application/jsonl; charset=utf-8');
    expect(exported.headers['cache-control']).toBe('private, no-cache');
    expect(exported.text.endsWith('}\n')).toBe(true);
    expect(tasksIn(exported)).toEqual(body.items);
    expect(nextOf(exported)).toBeUndefined();
  });

  it('is resumed by its cursor until there is nothing more', async () => {
    const caller = await aCaller();
    for (let count = 0; count < 5; count += 1) await aTask(app, caller, { title: `${count}` });
    const titles: string[] = [];
    let path: string | undefined = '/api/me/export?limit=2';
    while (path !== undefined) {
      const page: Response = await app.send('get', path, caller).expect(200);
      titles.push(...tasksIn(page).map(({ title }) => title));
      path = nextOf(page);
      if (path !== undefined) {
        expect(path).toMatch(new RegExp(`^/api/${caller.userId}/export\\?limit=2&cursor=`));
      }
    }
    expect(titles).toEqual(['4', '3', '2', '1', '0']);
  });

  it('is empty for somebody without tasks', async () => {
    const { text, headers } = await app.send('get', '/api/me/export', await aCaller()).expect(200);
    expect(text).toBe('');
    expect(headers['content-length']).toBe('0');
  });

  it.each([
    ['limit=201', 'limit', 'must be a whole number from 1 to 200'],
    ['sort=title', 'sort', 'is not known here'],
  ])('refuses ?%s', async (query, parameter, detail) => {
    const { body, status } = await app.send('get', `/api/me/export?${query}`, await aCaller());
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ parameter, detail: expect.stringContaining(detail) }]);
  });

  it("does not take the cursor of another user's export", async () => {
    const [ada, eve] = [await aCaller(), await aCaller()];
    for (const caller of [ada, eve]) {
      await aTask(app, caller, { title: '1' });
      await aTask(app, caller, { title: '2' });
    }
    const first = await app.send('get', '/api/me/export?limit=1', ada).expect(200);
    const path = nextOf(first)?.replace(ada.userId, 'me') ?? '';
    expect(answerOf(await app.send('get', path, eve))).toEqual(problemAnswer('invalid-cursor'));
  });
});
