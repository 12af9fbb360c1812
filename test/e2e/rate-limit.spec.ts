import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import { newTask } from '../../src/tasks/task-id';
import { answerOf, problemAnswer } from '../support/http/answers';
import { stopClock } from '../support/app/clock';
import { TestApplication } from '../support/app/test-application';
import { aCaller, type Caller } from '../support/app/tokens';

const LIMIT = 5;
const POLICY = (name: string) => `"${name}";q=${LIMIT};w=60`;
const MINUTE_MS = 60_000;
const NOT_A_TOKEN: Caller = { userId: randomUUID(), authorization: 'Bearer not.a.token' };

let api: TestApplication;
beforeAll(async () => {
  stopClock();
  api = await TestApplication.start({ RATE_LIMIT: String(LIMIT), TRUST_PROXY: '1' });
});
afterAll(async () => {
  await api.stop();
  jest.useRealTimers();
});

const list = (caller: Caller) => api.send('get', '/api/me/tasks', caller);
const bulk = (caller: Caller, count: number) => {
  const operations = Array.from({ length: count }, () => ({
    operation: 'create',
    task: { title: 'One' },
  }));
  return api.send('post', '/api/me/tasks/bulk', caller).send({ operations });
};
const from = (address: string, caller?: Caller) =>
  api.send('get', '/api/me/tasks', caller).set('X-Forwarded-For', address);

async function repeat(times: number, send: () => PromiseLike<Response>): Promise<Response[]> {
  const answers: Response[] = [];
  for (let time = 1; time <= times; time += 1) answers.push(await send());
  return answers;
}

const statusesOf = (answers: readonly Response[]) => answers.map(({ status }) => status);

describe('the quota of a user', () => {
  it('counts each operation of a bulk, and runs none unless all may run', async () => {
    const ada = await aCaller();
    const admitted = await bulk(ada, 3);
    const refused = await bulk(ada, 3);
    const tooMany = await bulk(ada, LIMIT + 1);

    expect(admitted.headers['ratelimit']).toBe('"user";r=2;t=36');
    expect(answerOf(refused)).toEqual(
      problemAnswer('quota-exceeded', {
        detail: expect.stringMatching(
          /^Nothing was done. The bulk has 3 operations.* and 1 may follow now/,
        ) as unknown as string,
        headers: {
          'ratelimit-policy': POLICY('user'),
          ratelimit: '"user";r=1;t=24',
          'retry-after': '24',
        },
      }),
    );
    expect(tooMany.status).toBe(429);
    jest.advanceTimersByTime(MINUTE_MS);
    expect((await list(ada)).body.items).toHaveLength(3);
  });

  it('is exact for a bulk: the reported rest is admitted, and the whole after Retry-After', async () => {
    const refused = async (caller: Caller) => {
      expect((await bulk(caller, 2)).status).toBe(200);
      return bulk(caller, 4);
    };
    const [ada, grace] = [await aCaller(), await aCaller()];

    const [told = ''] =
      /\d+(?= may follow now)/.exec(String((await refused(ada)).body.detail)) ?? [];
    const followed = await bulk(ada, Number(told));
    const { headers } = await refused(grace);
    jest.advanceTimersByTime(Number(headers['retry-after']) * 1_000);
    const waited = await bulk(grace, 4);

    expect([told, followed.status, waited.status]).toEqual(['2', 200, 200]);
  });

  it('is in every answer, and counts every request', async () => {
    const ada = await aCaller();

    const answers = [
      await list(ada),
      await api.send('post', '/api/me/tasks', ada).send({ title: 'One' }),
      await api.send('get', `/api/me/tasks/${newTask().id}`, ada),
      await api.send('get', '/api/me/tasks?limit=x', ada),
      await api.send('get', '/api/users/me', ada),
    ];

    expect(statusesOf(answers)).toEqual([200, 201, 404, 400, 200]);
    expect(answers.map(({ headers }) => headers['ratelimit-policy'])).toEqual(
      answers.map(() => POLICY('user')),
    );
    expect(answers.map(({ headers }) => headers['ratelimit'])).toEqual([
      '"user";r=4;t=12',
      '"user";r=3;t=24',
      '"user";r=2;t=36',
      '"user";r=1;t=48',
      '"user";r=0;t=12',
    ]);
  });

  it('ends in 429, which says when to come back, and then really admits', async () => {
    const ada = await aCaller();
    await repeat(LIMIT, () => list(ada));

    const refused = await list(ada);

    expect(answerOf(refused)).toEqual(
      problemAnswer('quota-exceeded', {
        headers: {
          'retry-after': '12',
          ratelimit: '"user";r=0;t=12',
          'ratelimit-policy': POLICY('user'),
        },
      }),
    );
    jest.advanceTimersByTime(Number(refused.headers['retry-after']) * 1_000);
    expect(statusesOf([await list(ada), await list(ada)])).toEqual([200, 429]);
  });

  it('belongs to one user, with any token or address', async () => {
    const ada = await aCaller();
    const adaAgain = await aCaller({ sub: ada.userId, jti: 'another token' });
    await repeat(LIMIT, () => from('192.0.2.1', ada));

    expect((await from('192.0.2.2', adaAgain)).status).toBe(429);
    expect((await from('192.0.2.1', await aCaller())).status).toBe(200);
  });

  it('comes after the refusals of access and before those of the request', async () => {
    const ada = await aCaller();
    const reader = await aCaller({ sub: ada.userId, scope: 'tasks:read' });
    await repeat(LIMIT, () => list(ada));

    const foreign = await api.send('get', `/api/${randomUUID()}/tasks`, ada);
    const unscoped = await api.send('post', '/api/me/tasks', reader).send('{');
    const malformed = await api.send('put', '/api/me/tasks/no-uuid', ada).send('{');

    expect([foreign, unscoped, malformed].map(({ body }) => body.code)).toEqual([
      'forbidden',
      'insufficient-scope',
      'quota-exceeded',
    ]);
    expect(foreign.headers).not.toHaveProperty('ratelimit');
  });

  it.each([
    '/health/live',
    '/health/ready',
    '/problems/quota-exceeded',
    '/openapi.json',
    '/docs/swagger-ui.css',
  ])('does not exist for %s', async (path) => {
    const answers = await repeat(2 * LIMIT, () => api.send('get', path));

    expect(new Set(statusesOf(answers))).toEqual(new Set([200]));
    expect(answers[0]?.headers).not.toHaveProperty('ratelimit-policy');
  });
});

describe('the quota of failed authentications', () => {
  it('is that of the address that failed, and ends in 429', async () => {
    const failed = [
      ...(await repeat(LIMIT - 1, () => from('192.0.2.10', NOT_A_TOKEN))),
      await from('192.0.2.10'),
    ];
    expect(new Set(statusesOf(failed))).toEqual(new Set([401]));

    const refused = await from('192.0.2.10', NOT_A_TOKEN);

    expect(answerOf(refused)).toEqual(
      problemAnswer('quota-exceeded', {
        headers: {
          'retry-after': '12',
          ratelimit: '"address";r=0;t=12',
          'ratelimit-policy': POLICY('address'),
        },
      }),
    );
    expect((await from('192.0.2.10')).status).toBe(429);
    expect((await from('192.0.2.11', NOT_A_TOKEN)).status).toBe(401);
  });

  it('leaves those alone whose tokens are known', async () => {
    const known = await aCaller();
    await from('192.0.2.20', known);
    await repeat(LIMIT, () => from('192.0.2.20', NOT_A_TOKEN));

    expect((await from('192.0.2.20', known)).status).toBe(200);
    expect((await from('192.0.2.20', await aCaller())).status).toBe(429);
  });

  it('is not touched by those who authenticate', async () => {
    for (let user = 1; user <= 2 * LIMIT; user += 1) {
      expect((await from('192.0.2.30', await aCaller())).status).toBe(200);
    }
  });

  it('comes back', async () => {
    await repeat(LIMIT, () => from('192.0.2.40', NOT_A_TOKEN));
    expect((await from('192.0.2.40', await aCaller())).status).toBe(429);

    jest.advanceTimersByTime(MINUTE_MS);

    expect((await from('192.0.2.40', await aCaller())).status).toBe(200);
  });

  it('counts all addresses of one IPv6 client as one', async () => {
    for (let address = 1; address <= LIMIT; address += 1) {
      expect((await from(`2001:db8:1:2::${address}`, NOT_A_TOKEN)).status).toBe(401);
    }

    expect((await from('2001:db8:1:2:ffff::1', NOT_A_TOKEN)).status).toBe(429);
    expect((await from('2001:db8:1:3::1', NOT_A_TOKEN)).status).toBe(401);
  });

  it('believes no more proxies than there are', async () => {
    const through = (forwarded: string) => from(forwarded, NOT_A_TOKEN);
    // One hop is trusted: the last address is what that proxy saw, those before are hearsay.
    await repeat(LIMIT, () => through(`${randomUUID()}, 192.0.2.50`));

    expect((await through('198.51.100.1, 192.0.2.50')).status).toBe(429);
  });
});

describe('without TRUST_PROXY', () => {
  it('no header names the client: it is who connects', async () => {
    const direct = await TestApplication.start({ RATE_LIMIT: String(LIMIT) });
    try {
      const attempt = (address: string) =>
        direct.send('get', '/api/me/tasks').set('X-Forwarded-For', address);
      for (let address = 1; address <= LIMIT; address += 1) await attempt(`192.0.2.${address}`);

      expect((await attempt('192.0.2.200')).status).toBe(429);
    } finally {
      await direct.stop();
    }
  });
});

describe('with RATE_LIMIT=0', () => {
  it('nothing is counted, refused or told', async () => {
    const unlimited = await TestApplication.start({ RATE_LIMIT: '0' });
    try {
      const ada = await aCaller();
      for (let time = 1; time <= 20; time += 1) {
        const { status, headers } = await unlimited.send('get', '/api/me/tasks', ada);
        expect(status).toBe(200);
        expect(Object.keys(headers).filter((name) => name.startsWith('ratelimit'))).toEqual([]);
        expect((await unlimited.send('get', '/api/me/tasks')).status).toBe(401);
      }
    } finally {
      await unlimited.stop();
    }
  });
});
