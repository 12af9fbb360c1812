import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DATABASE_WAITS } from '../../src/database/limits';
import { type ServedApplication, serveAt } from '../support/app/application-at';
import {
  CONNECTION_MODES,
  type ConnectionMode,
  describeOnEveryMode,
  ReachedDatabase,
} from '../support/database/connection-modes';
import { eventually } from '../support/app/eventually';
import { PATIENT_WAITS } from '../support/app/patient-waits';
import { HttpSender } from '../support/http/http-sender';
import { expectStored, MixedLoad } from '../support/faults/mixed-load';
import { LARGE_PROOFS } from '../support/large-proofs';
import { publishedWorkers } from '../support/database/test-cluster';
import type { TestDatabase } from '../support/database/test-database';
import { aCaller } from '../support/app/tokens';
import { replaceText } from '../support/wire/wire-messages';
import { WireProxy } from '../support/wire/wire-proxy';

const REQUESTS = LARGE_PROOFS ? 1_500 : 500;
const isTransactional = ({ variables }: ConnectionMode): boolean =>
  variables['DATABASE_SCOPE'] === 'transaction';
/** Explicit transactions fail with each of their statements, so they take five times as long. */
const MODES = CONNECTION_MODES.filter(
  (mode) => LARGE_PROOFS || !mode.pooled || !isTransactional(mode),
);

/** Statements have as little time as ever. They wait for their turn as long as a busy machine needs. */
const WAITS = {
  ...PATIENT_WAITS,
  forStatement: DATABASE_WAITS.forStatement,
  forLaneStatement: DATABASE_WAITS.forLaneStatement,
  forLaneAnswer: DATABASE_WAITS.forLaneAnswer,
};

/**
 * Writes that fail, or last longer than their time-out, in the middle of their transaction: also a deletion,
 * which writes into the trash. A trigger would be refused by Citus.
 */
const FAILING_WRITES = [
  `create function fail_sometimes() returns boolean language plpgsql as $$
  begin
    if random() < 0.005 then perform pg_sleep(1); end if;
    if random() < 0.02 then
      raise exception 'injected' using errcode =
        (array['40001', '40P01', '55P03', '57014', '53100'])[1 + floor(random() * 5)];
    end if;
    return true;
  end $$`,
  'alter table tasks add constraint fail_sometimes check (fail_sometimes()) not valid',
  'alter table trash add constraint fail_sometimes check (fail_sometimes()) not valid',
];

/** The scope of explicit transactions fails, too. */
const FAILING_SCOPE = `
  create or replace function enter_scope(user_id uuid) returns void language plpgsql as $$
  begin
    if random() < 0.02 then raise exception 'injected' using errcode = '55P03'; end if;
    set local citus.propagate_set_commands = 'local';
    execute format('set local app.user_id = %L', user_id);
  end $$`;

const HEALED = [
  'alter table tasks drop constraint fail_sometimes',
  'alter table trash drop constraint fail_sometimes',
  `create or replace function enter_scope(user_id uuid) returns void language plpgsql as $$
  begin
    set local citus.propagate_set_commands = 'local';
    execute format('set local app.user_id = %L', user_id);
  end $$`,
];

/** Ends or interrupts a random session of the API. */
const strike = (how: 'pg_terminate_backend' | 'pg_cancel_backend'): string =>
  `select ${how}(pid) from (
     select pid from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
       and ('${how}' = 'pg_terminate_backend' or state = 'active')
     order by random() limit 1) victim`;

const proveUnderFaults = (mode: ConnectionMode): void => {
  let reached: ReachedDatabase;
  let proxy: WireProxy;
  let app: ServedApplication;
  let sender: HttpSender;

  beforeAll(async () => {
    reached = await ReachedDatabase.reach(mode);
    proxy = await WireProxy.start(reached.endpoint.api);
    // Shorter time-outs, so that the test meets many.
    proxy.tamper = ({ kind, bytes }) =>
      kind === 'Startup'
        ? replaceText(bytes, 'statement_timeout=5000', 'statement_timeout=0500')
        : bytes;
    app = await serveAt({ ...proxy.before(reached.endpoint), waits: WAITS }, mode.variables);
    sender = new HttpSender(app.port, 64);
  });
  afterAll(async () => {
    sender.close();
    await app.nest.close();
    await proxy.stop();
    await reached.close();
  });

  /** Connections die, statements are interrupted, sessions forget what they had prepared. */
  const wreak = (database: TestDatabase): (() => Promise<void>) => {
    const shortened = proxy.tamper;
    proxy.tamper = (message) =>
      message.kind === 'Bind' && message.statement === 'enter_scope' && Math.random() < 0.002
        ? replaceText(message.bytes, 'enter_scope', 'enter_scopy')
        : shortened(message);
    const cut = setInterval(() => {
      proxy.cut();
    }, 900);
    const peace = new AbortController();
    const strikes = (async () => {
      for (let n = 0; !peace.signal.aborted; n += 1) {
        await database.query(strike(n % 8 === 0 ? 'pg_terminate_backend' : 'pg_cancel_backend'));
        await sleep(20);
      }
    })();
    return async () => {
      peace.abort();
      clearInterval(cut);
      proxy.tamper = shortened;
      await strikes;
    };
  };

  it('F4: never see or touch foreign tasks, and are asked to retry', async () => {
    for (const sql of FAILING_WRITES) await reached.database.query(sql);
    if (isTransactional(mode)) await reached.database.query(FAILING_SCOPE);
    const heal = wreak(reached.database);
    const options = { users: 50, requests: REQUESTS, concurrency: 64, seed: 2, faults: true };

    const { statuses, breaches, events, kept } = await MixedLoad.run(sender, options);
    await heal();

    expect(breaches).toEqual([]);
    // On Citus the first look of a stream takes longer than a session lasts here.
    if (publishedWorkers().length === 0) expect(events).toBeGreaterThan(0);
    // How many depends on the machine: faults come by the clock.
    expect(statuses[503]).toBeGreaterThan(0);
    expect(statuses[200]).toBeGreaterThan(0);
    await expectStored(reached.database, kept);
  }, 120_000);

  it('are all served again afterwards', async () => {
    for (const sql of HEALED) await reached.database.query(sql);
    // Sessions of the usual time-outs take the place of the shortened ones.
    proxy.tamper = ({ bytes }) => bytes;
    proxy.cut();
    const caller = await aCaller();
    const paths = ['/api/me/tasks', '/api/me/tasks?q=of'].flatMap((path) => [
      path,
      path,
      path,
      path,
    ]);
    await eventually(async () => {
      const answers = paths.map((path) => sender.send(caller, { method: 'GET', path }));
      return (await Promise.all(answers)).every(({ status }) => status === 200);
    });
    const options = { users: 20, requests: 100, concurrency: 32, seed: 3, faults: false };

    const { breaches, kept } = await MixedLoad.run(sender, options);

    expect(breaches).toEqual([]);
    await expectStored(reached.database, kept);
  }, 120_000);
};
describeOnEveryMode('Fifty users at once, while everything fails', proveUnderFaults, MODES);
