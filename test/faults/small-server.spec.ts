import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { cpuMs } from '../../bench/process-usage';
import { eventually } from '../support/app/eventually';
import { TEST_SECRET } from '../support/app/tokens';
import { COLLECTS_ON_SIGNAL, liveMemory } from '../support/faults/live-memory';
import { MixedLoad, type MixedLoadReport } from '../support/faults/mixed-load';
import { HttpSender } from '../support/http/http-sender';
import { LARGE_PROOFS } from '../support/large-proofs';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';
import { freePort } from '../support/processes/free-port';
import { MemoryCgroup } from '../support/processes/memory-cgroup';
import { describeWith } from '../support/requirements';

const SECONDS = LARGE_PROOFS ? 600 : 30;
const MACHINE_MB = 512;
/** Twice as many requests at once as three lanes take. */
const CONNECTIONS = 3_072;
const CONNECTION_WAVE = 512;
/** Until everything is there that is kept: connections, known tokens, compiled code. */
const WARM_UP_SECONDS = LARGE_PROOFS ? 30 : 5;
const SAMPLE_MS = 500;
const WINDOWS = 10;
/** More than the noise of a collected heap. */
const GROWTH_LIMIT_MB = 16;

const IDLE_SECONDS = 6;
/** Of processor time. */
const IDLE_MS_PER_SECOND = 10;
/** The pages of Node's binary, 57 MB, come on top; all processes of a machine share them. */
const IDLE_LIMIT_MB = 66;

jest.setTimeout((WARM_UP_SECONDS + SECONDS) * 1_000 + 120_000);

/** Of a process, in MB. */
function proportionalMemory(pid: number): { readonly anonymous: number; readonly all: number } {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const read = (name: string): number =>
    Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(rollup)?.[1]) / 1_024);
  return { anonymous: read('Pss_Anon'), all: read('Pss') };
}

describeWith('memoryCgroup', `A server with the embedded PostgreSQL in ${MACHINE_MB} MB`, () => {
  let cgroup: MemoryCgroup;
  let home: ServerHome;
  let server: BuiltServer;
  let port: number;

  beforeAll(async () => {
    cgroup = MemoryCgroup.create(MACHINE_MB);
    home = await ServerHome.empty();
    port = await freePort();
    const variables = {
      AUTH_SECRET: TEST_SECRET,
      HOST: '127.0.0.1',
      PORT: String(port),
      RATE_LIMIT: '0',
      LOG_LEVEL: 'fatal',
      NODE_OPTIONS: COLLECTS_ON_SIGNAL,
    };
    server = home.launch(variables, cgroup.wrapper);
    await server.ready();
  });
  afterAll(async () => {
    await home.remove();
    await cgroup.remove();
  });

  /** In MB. */
  const resident = (): number => {
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024;
  };

  it('keeps less than half of its memory, and uses no processor time, while nobody asks', async () => {
    let busy = Infinity;
    // What the start leaves behind is collected in the first idle seconds.
    await eventually(async () => {
      const before = cpuMs(server.pid);
      await sleep(IDLE_SECONDS * 1_000);
      busy = (cpuMs(server.pid) - before) / IDLE_SECONDS;
      return busy < IDLE_MS_PER_SECOND;
    });

    const { anonymous, all } = proportionalMemory(server.pid);
    process.stderr.write(
      `Idle: Node ${anonymous} MB of its own, ${all} MB with its share of files (PSS); ` +
        `all processes ${Math.round(cgroup.unreclaimable)} MB without pages of files, ` +
        `and ${busy.toFixed(1)} ms of processor time per second\n`,
    );
    expect(anonymous).toBeLessThan(IDLE_LIMIT_MB);
    expect(cgroup.unreclaimable).toBeLessThan(MACHINE_MB / 2);
  });

  const load = async (
    sender: HttpSender,
    seconds: number,
    concurrency = CONNECTIONS,
  ): Promise<MixedLoadReport> => {
    const options = { users: 200, seconds, concurrency, seed: 5, faults: true };
    try {
      return await MixedLoad.run(sender, options);
    } catch (error) {
      if (server.isRunning) throw error;
      const { stdout, stderr } = await server.end();
      throw new Error(`The server ended, ${cgroup.kills} killed: ${stdout}${stderr}`, {
        cause: error,
      });
    }
  };

  it(`serves ${SECONDS} s of mixed load at twice what it can do, and its memory stays flat`, async () => {
    const sender = new HttpSender(port, CONNECTIONS);
    // Not all at once, which the system would take for a flood of connections.
    for (let n = CONNECTION_WAVE; n < CONNECTIONS; n += CONNECTION_WAVE) await load(sender, 1, n);
    await load(sender, WARM_UP_SECONDS);
    const before = await liveMemory(server);
    const peaks = Array.from({ length: WINDOWS }, () => ({ all: 0, node: 0 }));
    const began = performance.now();
    const sampling = setInterval(() => {
      const elapsed = (performance.now() - began) / (SECONDS * 1_000);
      const window = peaks[Math.min(Math.floor(elapsed * WINDOWS), WINDOWS - 1)];
      if (window === undefined || !server.isRunning) return;
      window.all = Math.max(window.all, Math.round(cgroup.unreclaimable));
      window.node = Math.max(window.node, Math.round(resident()));
    }, SAMPLE_MS);

    const { statuses, breaches } = await load(sender, SECONDS);
    clearInterval(sampling);
    sender.close();
    await sleep(1_000);
    const after = await liveMemory(server);

    process.stderr.write(
      `Mixed load for ${SECONDS} s in ${MACHINE_MB} MB: answers ${JSON.stringify(statuses)}; ` +
        `memory of all processes without pages of files at most ${peaks.map(({ all }) => all).join(', ')} MB by tenths; ` +
        `Node resident at most ${peaks.map(({ node }) => node).join(', ')} MB; ` +
        `live ${before.toFixed(1)} MB before, ${after.toFixed(1)} MB after\n`,
    );
    expect(breaches).toEqual([]);
    expect(statuses[200]).toBeGreaterThan(0);
    expect(statuses[201]).toBeGreaterThan(0);
    expect(cgroup.kills).toBe(0);
    expect(server.isRunning).toBe(true);
    expect(after - before).toBeLessThan(GROWTH_LIMIT_MB);
  });
});
