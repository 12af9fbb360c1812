import { afterAll, beforeAll, it, jest } from '@jest/globals';
import { settingsOfLogin } from '../../src/database/session/database-session';
import { urlOf } from '../support/database/connection-url';
import { PgBouncer } from '../support/database/pg-bouncer';
import { FaultPostgres } from '../support/faults/fault-postgres';
import { FaultHarness } from '../support/faults/fault-harness';
import { FaultServer } from '../support/faults/fault-server';
import { describeWith } from '../support/requirements';

jest.setTimeout(90_000);

describeWith('pgBouncer', 'While clients write through a pooler', () => {
  let rig: FaultHarness;
  let bouncer: PgBouncer;

  beforeAll(async () => {
    const postgres = await FaultPostgres.create();
    const { api } = postgres.endpoint;
    for (const setting of settingsOfLogin(String(api.user), api)) await postgres.query(setting);
    bouncer = await PgBouncer.start(api);
    const server = await FaultServer.at(postgres, { DATABASE_URL: urlOf(bouncer.settings) });
    rig = await FaultHarness.of(postgres, server);
  });
  afterAll(async () => {
    await rig.stop();
    await bouncer.stop();
  });

  it('F1: PostgreSQL stops at once, and starts again; nothing is lost (F26)', () =>
    rig.outlasts({
      id: 'F1',
      what: 'PostgreSQL behind a pooler stops at once, and starts again',
      strike: () => rig.postgres.stop('immediate'),
      isFelt: (history) => history.isRefused(20),
      heal: () => rig.postgres.start(),
    }));

  it('F3: every session is terminated, five times; nothing is lost (F26)', () =>
    rig.outlasts({
      id: 'F3',
      what: 'every session behind a pooler is terminated, five times',
      strike: async () => {
        for (let n = 0; n < 5; n += 1) await rig.postgres.terminateBackends();
      },
      isFelt: (history) => history.acknowledges(50),
      heal: () => Promise.resolve(),
    }));

  it('F6: the processes that serve the API freeze; nothing is lost (F26)', () =>
    rig.outlasts({
      id: 'F6',
      what: 'the processes behind a pooler freeze',
      strike: async () => {
        rig.postgres.freeze(await rig.postgres.backends());
      },
      isFelt: async (history, served) => {
        await history.isRefused(1);
        // Of the others, a frozen session may hold every feed.
        await served();
      },
      heal: () => {
        rig.postgres.thaw();
        return Promise.resolve();
      },
    }));
});
