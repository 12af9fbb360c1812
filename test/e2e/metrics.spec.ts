import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { AggregatorRegistry, Registry } from 'prom-client';
import { newTask } from '../../src/tasks/task-id';
import { eventually } from '../support/app/eventually';
import { samplesIn, valueOf } from '../support/http/exposition';
import { rawAnswers } from '../support/wire/raw-request';
import { TestApplication } from '../support/app/test-application';
import { maintain } from '../support/database/test-cluster';
import { aCaller, type Caller } from '../support/app/tokens';
import { itWith } from '../support/requirements';

const DURATIONS = 'task_api_http_request_duration_seconds_count';
const TASKS = '/api/:user_id/tasks';
const TASK = '/api/:user_id/tasks/:task_id';
const LIMIT = 200;
const REFUSED = 429;

let api: TestApplication;
let ada: Caller;
beforeAll(async () => {
  api = await TestApplication.start({
    DATABASE_WAKE_TIMEOUT: '0',
    DATABASE_LANES: '3',
    DATABASE_POOL: '8',
    ADMIN_PORT: '0',
    RATE_LIMIT: String(LIMIT),
  });
  ada = await aCaller();
});
afterAll(() => api.stop());

const scrape = (): Promise<string> => api.nest.get(Registry).metrics();

/** By how much a metric grows while something happens. */
async function growth(
  name: string,
  labels: Readonly<Record<string, string>>,
  work: () => Promise<unknown>,
): Promise<number> {
  const before = valueOf(await scrape(), name, labels);
  await work();
  return valueOf(await scrape(), name, labels) - before;
}

describe('the duration of requests', () => {
  it.each([
    ['GET', TASKS, '2xx', () => api.send('get', '/api/me/tasks?limit=1', ada)],
    ['HEAD', TASKS, '2xx', () => api.send('head', `/api/${ada.userId}/tasks`, ada)],
    ['POST', TASKS, '2xx', () => api.send('post', '/api/me/tasks', ada).send({ title: 'x' })],
    ['GET', TASK, '4xx', () => api.send('get', `/api/me/tasks/${newTask().id}`, ada)],
    ['DELETE', TASK, '4xx', () => api.send('delete', '/api/me/tasks/x', ada)],
    ['GET', TASKS, '4xx', () => api.send('get', '/api/me/tasks')],
    ['GET', '/health/ready', '2xx', () => api.send('get', '/health/ready')],
    ['GET', 'none', '4xx', () => api.send('get', '/somewhere/else')],
    ['OPTIONS', 'none', '2xx', () => api.send('options', '/api/me/tasks')],
    ['other', 'none', '4xx', () => rawAnswers(api.port, 'PURGE / HTTP/1.0\r\n\r\n')],
  ])('is told of %s %s with %s', async (method, route, status_class, send) => {
    expect(
      await growth(DURATIONS, { method, route, status_class }, async () => {
        await send();
      }),
    ).toBe(1);
  });

  it('is not told of what was no request', async () => {
    const count = await growth(DURATIONS, {}, () => rawAnswers(api.port, 'nonsense\r\n\r\n'));
    expect(count).toBe(0);
  });

  /** Without those of Node, which gets one for each kind of garbage collection. */
  const seriesOf = (text: string) =>
    samplesIn(text)
      .filter(({ name }) => !name.startsWith('task_api_nodejs_'))
      .map(({ name, labels }) => ({ name, labels }));

  it('makes no series of paths, users or other client input', async () => {
    await api.send('get', '/api/me/tasks', ada);
    await api.send('get', '/nothing');
    await rawAnswers(api.port, 'PURGE / HTTP/1.0\r\n\r\n');
    const before = seriesOf(await scrape());

    for (let time = 1; time <= 20; time += 1) {
      await api.send('get', `/${randomUUID()}`);
      await api.send('get', `/api/${(await aCaller()).userId}/tasks`, ada);
      await api.send('get', '/api/me/tasks', await aCaller());
    }
    await rawAnswers(api.port, 'MKCALENDAR / HTTP/1.0\r\n\r\n');

    const text = await scrape();
    expect(seriesOf(text)).toEqual(before);
    expect(text).not.toContain(ada.userId);
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/);
  });
});

describe('the counts of refusals', () => {
  it('has every problem from the start, and those of unreadable requests', async () => {
    const refused = await growth('task_api_problems_total', { code: 'unauthenticated' }, () =>
      Promise.resolve(api.send('get', '/api/me/tasks')),
    );
    const unreadable = await growth('task_api_problems_total', { code: 'malformed-request' }, () =>
      rawAnswers(api.port, 'nonsense\r\n\r\n'),
    );

    expect([refused, unreadable]).toEqual([1, 1]);
    expect(samplesIn(await scrape())).toContainEqual({
      name: 'task_api_problems_total',
      labels: { code: 'overloaded' },
      value: 0,
    });
  });

  it('has the rate limit, by quota', async () => {
    const eve = await aCaller();
    const refusals = await growth(
      'task_api_rate_limit_refusals_total',
      { quota: 'user' },
      async () => {
        await eventually(
          async () => (await api.send('get', '/api/users/me', eve)).status === REFUSED,
        );
      },
    );

    expect(refusals).toBe(1);
    expect(
      valueOf(await scrape(), 'task_api_rate_limit_refusals_total', { quota: 'address' }),
    ).toBe(0);
  });

  it('has each time that row-level security refuses', async () => {
    await api.database.query('alter policy own_tasks on tasks with check (false)');
    const violations = await growth('task_api_scope_violations_total', {}, async () => {
      const answer = await api.send('post', '/api/me/tasks', ada).send({ title: 'x' });
      expect(answer.status).toBe(500);
    });
    await api.database.query(
      `alter policy own_tasks on tasks
         with check (user_id = nullif(current_setting('app.user_id', true), '')::uuid)`,
    );

    expect(violations).toBe(1);
  });
});

describe('requests that wait for a turn', () => {
  it('are none while there is little to do', async () => {
    expect(valueOf(await scrape(), 'task_api_requests_waiting')).toBe(0);
  });
});

describe('the tokens', () => {
  it('are counted by how they were verified', async () => {
    const grace = await aCaller();
    const name = 'task_api_token_verifications_total';
    const list = () => Promise.resolve(api.send('get', '/api/me/tasks', grace));

    expect(await growth(name, { by: 'signature' }, list)).toBe(1);
    expect(await growth(name, { by: 'signature' }, list)).toBe(0);
    expect(await growth(name, { by: 'memory' }, list)).toBe(1);
    expect(valueOf(await scrape(), 'task_api_tokens_remembered')).toBeGreaterThan(1);
  });
});

describe('the way to the database', () => {
  itWith('oneDatabase', 'is told while all is well', async () => {
    const text = await scrape();
    const values = Object.fromEntries(
      [
        'task_api_ready',
        'task_api_database_up',
        'task_api_lanes_configured',
        'task_api_lanes_open',
        'task_api_lane_statements_in_flight',
        'task_api_lane_requests_waiting',
        'task_api_pool_connections_most',
        'task_api_pool_requests_waiting',
      ].map((name) => [name, valueOf(text, name)]),
    );

    expect(values).toEqual({
      task_api_ready: 1,
      task_api_database_up: 1,
      task_api_lanes_configured: 3,
      task_api_lanes_open: 3,
      task_api_lane_statements_in_flight: 0,
      task_api_lane_requests_waiting: 0,
      task_api_pool_connections_most: 7,
      task_api_pool_requests_waiting: 0,
    });
  });

  it('tells what waits for an answer', async () => {
    await api.database.query('begin');
    await api.database.query('lock table tasks');
    try {
      const write = Promise.resolve(api.send('post', '/api/me/tasks', ada).send({ title: 'x' }));
      const search = Promise.resolve(api.send('get', '/api/me/tasks?q=x', ada));
      await eventually(async () => {
        const text = await scrape();
        return (
          valueOf(text, 'task_api_lane_statements_in_flight') === 1 &&
          valueOf(text, 'task_api_pool_connections_busy', { pool: 'searches' }) === 1
        );
      });
      await Promise.all([write, search]);
    } finally {
      await api.database.query('rollback');
    }
  });

  it('counts what lanes send, and in how many batches', async () => {
    const counts = async (): Promise<readonly number[]> => {
      const text = await scrape();
      return ['statements', 'batches'].map((of) => valueOf(text, `task_api_lane_${of}_total`));
    };
    const [statements = NaN, batches = NaN] = await counts();

    for (let n = 0; n < 3; n += 1) await api.send('get', '/api/me/tasks', ada);

    expect(await counts()).toEqual([statements + 3, batches + 3]);
  });

  itWith('oneDatabase', 'tells when the database goes, and when it is back', async () => {
    const name = String(api.database.endpoint.owner.database);
    const reconnections = valueOf(await scrape(), 'task_api_lane_reconnections_total');
    await maintain(`alter database ${name} allow_connections false`);
    await maintain(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = '${name}' and application_name = 'task-api'`,
    );
    // While no request comes, an idle database is not asked.
    await eventually(async () => {
      await api.send('get', '/api/me/tasks', ada);
      const text = await scrape();
      const gauges = ['task_api_ready', 'task_api_database_up', 'task_api_lanes_open'];
      return gauges.every((gauge) => valueOf(text, gauge) === 0);
    });

    await maintain(`alter database ${name} allow_connections true`);
    await eventually(async () => {
      await api.send('get', '/api/me/tasks', ada);
      const text = await scrape();
      return valueOf(text, 'task_api_ready') === 1 && valueOf(text, 'task_api_lanes_open') === 3;
    });
    expect(valueOf(await scrape(), 'task_api_lane_reconnections_total')).toBe(reconnections + 3);
  });
});

const LANES = 'task_api_lanes_open';

describe('several processes', () => {
  it('are added up, and are as well as the one that is worst', async () => {
    const well = await api.nest.get(Registry).getMetricsAsJSON();
    const unwell = well.map((metric) =>
      metric.name === 'task_api_ready' ? { ...metric, values: [{ value: 0, labels: {} }] } : metric,
    );

    const text = await AggregatorRegistry.aggregate([unwell, well]).metrics();

    expect(valueOf(text, 'task_api_ready')).toBe(0);
    expect(valueOf(text, 'task_api_database_up')).toBe(1);
    expect(valueOf(text, 'task_api_build_info')).toBe(1);
    expect(valueOf(text, LANES)).toBe(2 * valueOf(await scrape(), LANES));
    expect(valueOf(text, DURATIONS)).toBe(2 * valueOf(await scrape(), DURATIONS));
  });
});

describe('without ADMIN_PORT', () => {
  it('nothing is measured', async () => {
    const plain = await TestApplication.start();
    try {
      expect(() => plain.nest.get(Registry)).toThrow();
    } finally {
      await plain.stop();
    }
  });
});
