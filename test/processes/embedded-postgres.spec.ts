import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import type { ConnectionSettings } from '../../src/database/session/connection-settings';
import {
  EmbeddedPostgresProcesses,
  KEPT,
  commandLine,
  gone,
  query,
  readKept,
  serverPid,
  until,
} from '../support/processes/embedded-postgres-processes';

const processes = new EmbeddedPostgresProcesses();
afterEach(() => processes.cleanUp());
afterAll(() => processes.close());

/** Commits a row, so that a test sees whether it survives what comes next. */
const writeLate = (owner: ConnectionSettings) =>
  query(owner, `insert into kept values ('written late')`);
const KEPT_AND_LATE = [...KEPT, { word: 'written late' }];

describe('a later start', () => {
  it('finds what was written', async () => {
    const { endpoint, outcome } = await processes.hold(await processes.usedDataDir()).started();
    expect(outcome).toBe('started');
    expect(await readKept(endpoint.owner)).toEqual(KEPT);
  });

  it('takes over the server that a killed process left, and then stops it itself', async () => {
    const dataDir = await processes.usedDataDir();
    const first = processes.hold(dataDir);
    const { endpoint, location } = await first.started();
    await writeLate(endpoint.owner);
    const pid = serverPid(location);
    await first.kill();

    const second = processes.hold(dataDir);
    const { endpoint: reused, outcome } = await second.started();
    expect(outcome).toBe('reused');
    expect(serverPid(location)).toBe(pid);
    expect(await readKept(reused.owner)).toEqual(KEPT_AND_LATE);

    await second.tell('stop');
    await gone(pid);
    expect(existsSync(join(location, 'postmaster.pid'))).toBe(false);
    expect(existsSync(String(reused.api.host))).toBe(false);
  });

  it('recovers when PostgreSQL was killed as well', async () => {
    const dataDir = await processes.usedDataDir();
    const first = processes.hold(dataDir);
    const { endpoint, location } = await first.started();
    await writeLate(endpoint.owner);
    await first.kill();
    process.kill(serverPid(location), 'SIGKILL');

    const { endpoint: recovered, outcome } = await processes.hold(dataDir).started();
    expect(outcome).toBe('started');
    expect(await readKept(recovered.owner)).toEqual(KEPT_AND_LATE);
    expect(existsSync(String(endpoint.api.host))).toBe(false);
  });

  it('begins a new log when the last has grown large, and keeps that one', async () => {
    const dataDir = await processes.usedDataDir();
    const log = join(dataDir, 'postgres.log');
    writeFileSync(log, 'x'.repeat(6_000_000));
    await processes.hold(dataDir).started();
    expect(statSync(log).size).toBeLessThan(10_000);
    expect(statSync(`${log}.1`).size).toBeGreaterThanOrEqual(6_000_000);
  });

  it('listens on a loopback port where a socket path would be too long', async () => {
    const long = join(processes.directory(), 'x'.repeat(60));

    mkdirSync(long);
    const { endpoint } = await processes
      .hold(await processes.usedDataDir(), { env: { TMPDIR: long } })
      .started();
    expect(endpoint.api.host).toBe('127.0.0.1');
    expect(await query(endpoint.api, 'select 1 as answer')).toEqual([{ answer: 1 }]);
  });
});

describe('a server in use', () => {
  it('is refused to a second process, in one line that names the first', async () => {
    const dataDir = await processes.usedDataDir();
    const first = processes.hold(dataDir);
    const { endpoint } = await first.started();

    const { name, message } = await processes.hold(dataDir).failure();
    expect(name).toBe('EmbeddedPostgresError');
    expect(message).toBe(
      `Another server (process ${first.pid}) already uses this embedded database: stop it, or set another DATA_DIR`,
    );
    expect(await query(endpoint.api, 'select 1 as answer')).toEqual([{ answer: 1 }]);
  });

  it('has one owner when two processes start on an empty directory at once', async () => {
    const dataDir = processes.dataDir();
    const both = [processes.hold(dataDir), processes.hold(dataDir)];
    const results = await Promise.allSettled(both.map((holder) => holder.started()));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(readdirSync(dataDir).sort()).toEqual(['postgres', 'postgres.log']);
  });

  it('keeps its owner when the session that says so is cut', async () => {
    const dataDir = await processes.usedDataDir();
    const first = processes.hold(dataDir);
    const { endpoint } = await first.started();
    const owners = () =>
      query<{ pid: number }>(
        endpoint.owner,
        `select pid from pg_locks where locktype = 'advisory' and granted`,
      );
    const [cut] = await owners();
    await query(endpoint.owner, `select pg_terminate_backend(${cut?.pid ?? 0})`);
    await until(async () => (await owners()).some(({ pid }) => pid !== cut?.pid));

    expect((await processes.hold(dataDir).failure()).message).toContain(`process ${first.pid}`);
    await first.tell('stop');
  });

  it('outlives ctrl-C, which goes to every process of the terminal', async () => {
    const holder = processes.hold(await processes.usedDataDir());
    const { endpoint } = await holder.started();
    process.kill(-holder.pid, 'SIGINT');
    await holder.event('SIGINT');
    expect(await query(endpoint.api, 'select 1 as answer')).toEqual([{ answer: 1 }]);
  });
});

describe('the end of the server', () => {
  it('ends open transactions and leaves no process, socket or lock', async () => {
    const holder = processes.hold(await processes.usedDataDir());
    const { endpoint, location } = await holder.started();
    const client = new Client(endpoint.owner);
    const cut = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    await client.query('begin; create table half_done ()');
    const pid = serverPid(location);

    await holder.tell('stop');
    expect(await holder.event('exited')).toMatchObject({ expected: true });
    await cut;
    expect(commandLine(pid)).toBe('');
    expect(existsSync(String(endpoint.api.host))).toBe(false);
    expect(existsSync(join(location, 'postmaster.pid'))).toBe(false);
  });

  it('follows a process that exits without stopping it', async () => {
    const dataDir = await processes.usedDataDir();
    const holder = processes.hold(dataDir);
    const { endpoint, location } = await holder.started();
    await holder.tell('exit');
    // At once, while the shutdown is still under way.
    const { outcome } = await processes.hold(dataDir).started();
    expect(outcome).toBe('started');
    expect(existsSync(String(endpoint.api.host))).toBe(false);
    expect(dirname(location)).toBe(join(dataDir, 'postgres'));
  });

  it('is reported to the owner when nobody asked for it', async () => {
    const holder = processes.hold(await processes.usedDataDir());
    const { location } = await holder.started();
    process.kill(serverPid(location), 'SIGKILL');
    expect(await holder.event('exited')).toEqual({
      event: 'exited',
      expected: false,
      how: 'ended with SIGKILL',
    });
  });

  it('is reported to an owner that did not start it', async () => {
    const dataDir = await processes.usedDataDir();
    const first = processes.hold(dataDir);
    await first.started();
    await first.kill();
    const second = processes.hold(dataDir);
    const { location } = await second.started();
    process.kill(serverPid(location), 'SIGKILL');
    expect(await second.event('exited')).toMatchObject({ expected: false });
  });
});
