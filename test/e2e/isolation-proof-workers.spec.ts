import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ConnectionSettings } from '../../src/database/connection-settings';
import { type BuiltServer, ServerHome } from '../support/built-server';
import { HttpSender } from '../support/http-sender';
import { expectStored, MixedLoad } from '../support/mixed-load';
import { TestDatabase } from '../support/test-database';
import { answering, TWO_WORKERS } from '../support/worker-server';

const REQUESTS = 5_000;

let database: TestDatabase;
let home: ServerHome;
let server: BuiltServer;
let sender: HttpSender;

beforeAll(async () => {
  database = await TestDatabase.create();
  home = await ServerHome.create();
  server = await home.start({
    ...TWO_WORKERS,
    RATE_LIMIT: '0',
    DATABASE_URL: urlOf(database.endpoint.api),
    DATABASE_OWNER_URL: urlOf(database.endpoint.owner),
  });
  sender = new HttpSender(Number(server.port), 64);
}, 60_000);
afterAll(async () => {
  sender.close();
  await home.remove();
  await database.drop();
});

it('Fifty users at once, served by two workers, never see or touch what is not theirs', async () => {
  const options = { users: 50, requests: REQUESTS, concurrency: 64, seed: 5, faults: false };

  const { statuses, breaches, kept } = await MixedLoad.run(sender, options);

  expect(breaches).toEqual([]);
  expect(Object.values(statuses).reduce((sum, count) => sum + count)).toBe(REQUESTS);
  expect(answering(server)).toHaveLength(2);
  await expectStored(database, kept);
}, 120_000);

/** The same session as a URL; a directory with sockets goes into a parameter. */
function urlOf({ host, port, user, password, database }: ConnectionSettings): string {
  const url = new URL('postgresql://localhost');
  url.username = user ?? '';
  url.password = typeof password === 'string' ? password : '';
  url.pathname = database ?? '';
  url.searchParams.set('host', host ?? 'localhost');
  url.searchParams.set('port', String(port ?? 5432));
  return url.href;
}
