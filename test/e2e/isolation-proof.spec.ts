import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type ServedApplication, serveAt } from '../support/app/application-at';
import {
  CONNECTION_MODES,
  type ConnectionMode,
  FAR_MODES,
  describeOnEveryMode,
  ReachedDatabase,
} from '../support/database/connection-modes';
import { PATIENT_WAITS } from '../support/app/patient-waits';
import { HttpSender } from '../support/http/http-sender';
import { expectStored, MixedLoad } from '../support/faults/mixed-load';
import { LARGE_PROOFS } from '../support/large-proofs';
import { TestDatabase } from '../support/database/test-database';
import { replaceText } from '../support/wire/wire-messages';
import { WireProxy } from '../support/wire/wire-proxy';
import { describeWith } from '../support/requirements';

/** The default mode gets the long run. */
const REQUESTS = LARGE_PROOFS ? { long: 10_000, short: 800 } : { long: 800, short: 350 };

const proof = (mode: ConnectionMode): void => {
  let reached: ReachedDatabase;
  let app: ServedApplication;
  let sender: HttpSender;
  const requests = mode === CONNECTION_MODES[0] ? REQUESTS.long : REQUESTS.short;

  beforeAll(async () => {
    reached = await ReachedDatabase.reach(mode);
    app = await serveAt({ ...reached.endpoint, waits: PATIENT_WAITS }, mode.variables);
    sender = new HttpSender(app.port, 64);
  });
  afterAll(async () => {
    sender.close();
    await app.nest.close();
    await reached.close();
  });

  it('never see or touch foreign tasks', async () => {
    // A machine that stalls may have a few refused, as it should.
    const options = { users: 50, requests, concurrency: 64, seed: 1, faults: true };

    const { statuses, breaches, events, kept } = await MixedLoad.run(sender, options);

    expect(breaches).toEqual([]);
    expect(events).toBeGreaterThan(0);
    expect(statuses[503] ?? 0).toBeLessThan(requests / 4);
    expect(Object.values(statuses).reduce((sum, count) => sum + count)).toBe(requests);
    await expectStored(reached.database, kept);
  }, 120_000);
};

describeOnEveryMode('Fifty users at once', proof, [...CONNECTION_MODES, ...FAR_MODES]);

describeWith('oneDatabase', 'The proof', () => {
  const attacks = [
    ['requests', '"task"."user_id" = $1', '$1::uuid notnull     ', 'a row of somebody else'],
    [
      'changes and streams',
      'user_id = $1 and version > $2::bigint',
      '$1::uuid notnull and version>$2::int8',
      'stream of ',
    ],
  ] as const;

  it.each(attacks)(
    'sees it where layers 2 and 3 of %s are both gone',
    async (_, predicate, none, breach) => {
      const database = await TestDatabase.create();
      const proxy = await WireProxy.start(database.endpoint.api);
      proxy.tamper = ({ kind, bytes }) =>
        kind === 'Parse' ? replaceText(bytes, predicate, none) : bytes;
      const app = await serveAt(proxy.before(database.endpoint));
      // Now, because with this the API would not have started.
      for (const table of ['tasks', 'trash']) {
        await database.query(`alter table ${table} disable row level security`);
      }
      const sender = new HttpSender(app.port, 8);
      const options = { users: 5, requests: 200, concurrency: 8, seed: 4, faults: false };

      const { breaches } = await MixedLoad.run(sender, options);

      expect(breaches.filter((found) => found.includes(breach))).not.toEqual([]);
      sender.close();
      await app.nest.close();
      await proxy.stop();
      await database.drop();
    },
  );
});
