import type { BenchContext } from './bench-context';
import { PRODUCT_CONNECTIONS, TASK_API } from './contestants/contestants';
import { Dataset, mixedShape } from './dataset';
import { describeMachine } from './machine';
import { progress } from './progress';
import { machineLines, thousands } from './report/figures';
import { textTable } from './report/text-table';
import { startServer } from './server-process';
import { StreamClients } from './streams';

const IDLE_STREAMS = 1_000;
const WATCHED_USERS = 100;
/** Two rounds of comments and marks. */
const IDLE_SECONDS = 50;

/** Measures streams of events: what idle ones cost, and how late events are under load. */
export async function runStreams({
  options,
  startedAt,
  database,
  workDirectory,
}: BenchContext): Promise<void> {
  const programs = { postgres: database.version, generator: 'this process', pgbench: null };
  const machine = describeMachine(startedAt, programs);
  const dataset = new Dataset(mixedShape(options.tasks, options.users));
  progress(`seeding ${dataset.taskCount} tasks of ${dataset.shape.users} users`);
  await database.seed('streams', dataset);
  const copy = await database.open('streams');
  const context = { dataset, database: copy, connections: PRODUCT_CONNECTIONS };
  const rows: (readonly [string, string])[] = [];
  const measure = async (work: (clients: StreamClients) => Promise<void>): Promise<void> => {
    const server = await startServer(TASK_API, context, workDirectory);
    const clients = new StreamClients(server, dataset);
    try {
      await work(clients);
    } finally {
      clients.close();
      await server.stop();
    }
  };
  await measure(async (clients) => {
    progress('idle streams');
    const count = Math.min(IDLE_STREAMS, dataset.shape.users);
    const idle = await clients.idle(count, options.quick ? 1 : IDLE_SECONDS);
    rows.push([`KiB for each of ${idle.streams} idle streams`, idle.kib.toFixed(1)]);
    rows.push([`% of a core for all of them`, idle.percentOfCore.toFixed(1)]);
  });
  await measure(async (clients) => {
    progress('watched users under load');
    const users = Math.min(WATCHED_USERS, dataset.shape.users);
    await clients.idle(users, 0.1);
    const lag = await clients.loaded(users, options.connections, options.seconds);
    const at = (share: number): string =>
      (lag.milliseconds[Math.floor(lag.events * share)] ?? Number.NaN).toFixed(1);
    rows.push([`writes/s of ${users} watched users`, thousands(lag.writesPerSecond)]);
    rows.push([`events`, thousands(lag.events)]);
    rows.push([`ms to the client, p50`, at(0.5)], [`ms to the client, p99`, at(0.99)]);
  });
  await copy.close();
  const lines = [...machineLines(machine), '', textTable(['streams', ''], rows)];
  process.stdout.write(`${lines.join('\n')}\n`);
}
