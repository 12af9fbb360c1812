import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UUID } from '../support/http/answers';
import { rawAnswers } from '../support/wire/raw-request';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';

describe('X-Request-Id', () => {
  let app: TestedApi;

  beforeAll(async () => {
    app = await sharedApplication();
  });
  afterAll(() => app.stop());

  it.each(['abc-123', '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b', 'a/b+c=d:e.f_g', 'x'.repeat(64)])(
    'comes back as the client sent it: %s',
    async (requestId) => {
      const response = await app.send('get', '/api/me/tasks').set('X-Request-Id', requestId);

      expect(response.headers['x-request-id']).toBe(requestId);
      expect(response.body.request_id).toBe(requestId);
    },
  );

  it('is created if there is none, another for each request', async () => {
    const first = await app.send('get', '/nothing');
    const second = await app.send('get', '/nothing');

    for (const response of [first, second]) {
      expect(response.headers['x-request-id']).toMatch(UUID);
      expect(response.body.request_id).toBe(response.headers['x-request-id']);
    }
    expect(first.headers['x-request-id']).not.toBe(second.headers['x-request-id']);
  });

  it.each([
    ['too long', 'x'.repeat(65)],
    ['of 10 kB', 'x'.repeat(10_000)],
    ['a forged log line', 'a\tlevel=fatal'],
    ['markup', '<script>alert(1)</script>'],
    ['a terminal sequence', '%1b[2J;"'],
    ['two ids', 'a, b'],
  ])('is replaced where it is %s', async (_, requestId) => {
    const response = await app.send('get', '/nothing').set('X-Request-Id', requestId);

    expect(response.headers['x-request-id']).toMatch(UUID);
    expect(response.text).not.toContain(requestId);
  });

  it.each([
    ['a request that is not HTTP', 'BREW / HTTP/1.1\r\n\r\n'],
    ['an expectation', 'GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n'],
  ])('is also in the answer to %s', async (_, bytes) => {
    const [answer] = await rawAnswers(app.port, bytes);

    expect(answer?.headers['x-request-id']).toMatch(UUID);
    expect(answer?.json).toMatchObject({ request_id: answer?.headers['x-request-id'] });
  });
});
