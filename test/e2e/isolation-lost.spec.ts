import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { eventually } from '../support/app/eventually';
import { RecordedLog } from '../support/app/recorded-log';
import { TestApplication } from '../support/app/test-application';
import { aCaller, type Caller } from '../support/app/tokens';
import { maintain } from '../support/database/test-cluster';
import { EventReader } from '../support/http/event-reader';
import { valueOf } from '../support/http/exposition';

describe('While it serves, the API', () => {
  let api: TestApplication;
  let ada: Caller;
  const log = new RecordedLog('info');

  beforeAll(async () => {
    api = await TestApplication.start({ ISOLATION_INTERVAL: '1', ADMIN_PORT: '0' }, log.log);
    ada = await aCaller();
    await api.send('post', '/api/me/tasks', ada).send({ title: 'mine' });
  });
  afterAll(() => api.stop());

  const list = () => api.send('get', '/api/me/tasks', ada);
  const answers = (status: number) => eventually(async () => (await list()).status === status);
  const metric = async (name: string, labels = {}) =>
    valueOf(await api.nest.get(Registry).metrics(), name, labels);
  const told = (text: string) => log.lines.filter(({ msg }) => String(msg).includes(text));

  it('refuses every request once row-level security is gone, and serves when it is back', async () => {
    const stream = await EventReader.open(api.url, ada);
    await api.database.query('alter table tasks disable row level security');
    await answers(503);
    await stream.ended();
    expect(stream.events).toEqual([]);
    expect(await metric('task_api_event_streams_ended_total', { why: 'isolation' })).toBe(1);

    const refused = [
      await list(),
      await api.send('post', '/api/me/tasks', ada).send({ title: 'not now' }),
      await api.send('delete', '/api/users/me', ada),
      await api.send('get', '/api/me/tasks'),
      await api.send('get', '/health/ready'),
    ];
    for (const { status, body, headers } of refused) {
      expect({ status, code: body.code }).toEqual({ status: 503, code: 'isolation-lost' });
      expect(headers['retry-after']).toBe('1');
    }
    expect((await api.send('get', '/health/live')).status).toBe(200);
    expect((await api.send('get', '/problems/isolation-lost')).status).toBe(200);
    expect(await metric('task_api_isolation_lost')).toBe(1);
    expect(await metric('task_api_ready')).toBe(0);
    expect(told('requests are refused until it does')[0]).toMatchObject({
      level: 'error',
      findings: ['row-level security of tasks is not enabled and forced'],
      remedies: ['alter table public.tasks enable row level security, force row level security;'],
    });

    // The watch has reported the error; the requests say that they were refused.
    expect(told('request failed')).toEqual([]);
    expect(told('request refused')).toContainEqual(
      expect.objectContaining({ level: 'warn', code: 'isolation-lost' }),
    );

    await api.database.query('alter table tasks enable row level security');
    // Nobody but a probe asks: a load balancer sends no requests to what is not ready.
    await eventually(async () => (await api.send('get', '/health/ready')).status === 200);

    expect((await list()).body.items).toMatchObject([{ title: 'mine' }]);
    expect(await metric('task_api_isolation_lost')).toBe(0);
    expect(told('requests are served')).toHaveLength(1);
  });

  it('keeps serving if it cannot look, and says so', async () => {
    await list();
    const name = String(api.database.endpoint.owner.database);
    await maintain(`alter database ${name} allow_connections false`);

    await eventually(async () => {
      expect((await list()).status).toBe(200);
      return told('could not check the isolation').length >= 2;
    });

    await maintain(`alter database ${name} allow_connections true`);
    expect(told('could not check the isolation')[0]).toMatchObject({ level: 'warn' });
    const failed = await metric('task_api_isolation_looks_total', { outcome: 'failed' });
    expect(failed).toBeGreaterThanOrEqual(2);
  });
});
