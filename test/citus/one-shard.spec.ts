import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { OpenAPIObject } from '@nestjs/swagger';
import { v7 } from 'uuid';
import { openClient, withClient } from '../../src/database/session/client';
import { type ServedApplication, serveAt } from '../support/app/application-at';
import { sendTo } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';
import { nodesOf } from '../support/citus/citus-nodes';
import { maintainNodes } from '../support/database/test-cluster';
import { TestDatabase } from '../support/database/test-database';
import { callEveryOperation } from '../support/http/every-operation';
import { DocumentedApi } from '../support/openapi/openapi-validation';
import { describeWith } from '../support/requirements';

const DOCUMENT = JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenAPIObject;

/** How many queries have gone to one shard, and to several, on all nodes, since the cluster began. */
interface Counts {
  readonly one: number;
  readonly several: number;
}

describeWith('citus', 'On Citus', () => {
  let database: TestDatabase;
  let app: ServedApplication;

  beforeAll(async () => {
    database = await TestDatabase.create();
    const name = String(database.endpoint.owner.database);
    await maintainNodes(`alter database ${name} set citus.enable_stat_counters = on`);
    // The isolation is looked at in the tables of everybody: once, at the start.
    app = await serveAt(database.endpoint, { ISOLATION_INTERVAL: '3600' });
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  // Lanes lead to the workers, and each node counts what it is asked.
  const counts = async (): Promise<Counts> => {
    const sum = { one: 0, several: 0 };
    for (const { settings } of await nodesOf(database)) {
      const { rows } = await withClient(settings, (client) =>
        client.query<Counts>(
          `select query_execution_single_shard::int as one, query_execution_multi_shard::int as several
           from citus_stat_counters where name = current_database()`,
        ),
      );
      for (const { one, several } of rows) {
        sum.one += one;
        sum.several += several;
      }
    }
    return sum;
  };

  it('each statement of a request goes to one shard, and so to one worker', async () => {
    const before = await counts();

    const api = { url: app.url, documented: new DocumentedApi(DOCUMENT) };
    await callEveryOperation(api, await aCaller());
    await useEveryForm(api, await aCaller());

    const after = await counts();
    expect(after.several - before.several).toBe(0);
    expect(after.one - before.one).toBeGreaterThan(50);
  });

  it('a statement that goes to several shards would be counted', async () => {
    const before = await counts();
    const client = await openClient(database.endpoint.owner);
    await client.query('select count(*) from tasks');
    await client.end();

    expect((await counts()).several - before.several).toBe(1);
  });
});

/** What one caller can ask beyond one of each operation. */
async function useEveryForm(
  api: { readonly url: string; readonly documented: DocumentedApi },
  caller: Caller,
): Promise<void> {
  const tasks = '/api/me/tasks';
  const create = async (task: object, key?: string): Promise<{ id: string; etag: string }> => {
    const { body, headers } = await sendTo(api, 'post', tasks, caller)
      .set(key === undefined ? {} : { 'idempotency-key': key })
      .send(task);
    return { id: (body as { id: string }).id, etag: headers['etag'] ?? '' };
  };
  const parent = await create({ title: 'parent' }, v7());
  const child = await create({ title: 'child', parent_id: parent.id });
  const conditional = { 'if-match': child.etag };
  await sendTo(api, 'patch', `${tasks}/${child.id}`, caller).set(conditional).send({ priority: 2 });
  await sendTo(api, 'patch', `${tasks}/${child.id}`, caller).send({ parent_id: null });
  await sendTo(api, 'put', `${tasks}/${child.id}`, caller).send({
    title: 'x',
    parent_id: parent.id,
  });
  const recurring = { title: 'recurs', due: '2026-11-28', recurrence: 'FREQ=DAILY' };
  const { id } = await create(recurring);
  await sendTo(api, 'patch', `${tasks}/${id}/complete`, caller).send({ completed: true });
  for (const query of [
    'completed=false',
    'sort=due&count=exact',
    'overdue=true&time_zone=UTC',
    'tag=a&priority_min=1',
    `parent_id=${parent.id}`,
    'sort=-position',
    'updated_after=2026-01-01T00:00:00Z',
  ]) {
    await sendTo(api, 'get', `${tasks}?${query}`, caller).set('prefer', 'count=exact');
  }
  const { body } = await sendTo(api, 'get', `${tasks}/changes?limit=1`, caller);
  await sendTo(api, 'get', `${tasks}/changes?after=${(body as { next: string }).next}`, caller);
  for (const [method, end] of [
    ['patch', ''],
    ['patch', '/complete'],
    ['delete', ''],
  ] as const) {
    await sendTo(api, method, `${tasks}/${child.id}${end}`, caller)
      .set('idempotency-key', v7())
      .send(end === '' && method === 'patch' ? { priority: 3 } : undefined);
  }
}
