import { once } from 'node:events';
import { existsSync, realpathSync, statfsSync } from 'node:fs';
import { get } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import { localUrl } from '../../config/http/listening-address';
import type { Env } from '../../config/env';
import { CLUSTER_HOME } from '../../embedded-postgres/cluster/cluster';
import { listeningFault } from '../../http/adapter/listening-fault';
import { machineMemory } from '../../memory/machine-memory';
import { type Check, fail, ok, warn } from './doctor-check';
import { statusOf } from '../commands/http-status';

const GIGABYTE = 1e9;
/** PostgreSQL's write-ahead log alone takes that much at busy times. */
const COMFORTABLE_BYTES = 1 * GIGABYTE;
const NEEDED_BYTES = 0.1 * GIGABYTE;
const ANSWER_WITHIN_MS = 2_000;

const MEGABYTE = 2 ** 20;
/** What a process takes under load, garbage included, and the embedded PostgreSQL. */
const PROCESS_MEGABYTES = 384;
const EMBEDDED_MEGABYTES = 128;
/** A machine of 512 MB keeps some for its kernel. */
const KEPT_BY_SYSTEM = 0.85;

export function memoryCheck({ workers, database }: Env): Check {
  return judgeMemory(machineMemory(), workers, database.url === undefined);
}

export function judgeMemory(bytes: number, processes: number, isEmbedded: boolean): Check {
  const needed = processes * PROCESS_MEGABYTES + (isEmbedded ? EMBEDDED_MEGABYTES : 0);
  const there = bytes / MEGABYTE;
  const found = `${Math.round(there)} MB for ${processes === 1 ? 'one process' : `${processes} processes`}${isEmbedded ? ' and PostgreSQL' : ''}`;
  const remedies = [
    `give it ${needed} MB`,
    ...(processes > 1 ? ['set fewer WORKERS'] : []),
    ...(isEmbedded ? ['move the database elsewhere (DATABASE_URL)'] : []),
  ];
  if (there < needed / 2) return fail('memory', `${found}: too little`, ...remedies);
  return there < needed * KEPT_BY_SYSTEM
    ? warn('memory', `${found}: too little at busy times`, ...remedies)
    : ok('memory', found);
}

export function diskCheck({ dataDir, database }: Env): Check {
  if (database.url !== undefined)
    return ok('disk', 'not used for tasks: the database is elsewhere');
  const { bavail, bsize } = statfsSync(placeOf(dataDir));
  return judgeDisk(bavail * bsize, dataDir);
}

export function judgeDisk(freeBytes: number, dataDir: string): Check {
  const found = `${(freeBytes / GIGABYTE).toFixed(1)} GB free for ${dataDir}`;
  const remedy = 'free some space, or move DATA_DIR';
  if (freeBytes < NEEDED_BYTES) return fail('disk', found, remedy);
  return freeBytes < COMFORTABLE_BYTES ? warn('disk', found, remedy) : ok('disk', found);
}

/** Where the data is, links followed; where it would be made, if there is none yet. */
function placeOf(dataDir: string): string {
  let place = join(resolve(dataDir), CLUSTER_HOME);
  while (!existsSync(place)) place = dirname(place);
  return realpathSync(place);
}

/** A port that the configuration names. */
interface Port {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** What to change if the port is taken. */
  readonly variables: { readonly host: string; readonly port: string };
  /** Judges who listens there already; undefined: some other program. */
  readonly knows: (url: string, at: string) => Promise<Check | undefined>;
}

export function portChecks({ host, port, admin }: Env): Promise<readonly Check[]> {
  const ports: readonly Port[] = [
    { name: 'port', host, port, variables: { host: 'HOST', port: 'PORT' }, knows: knowsServer },
    ...(admin === undefined
      ? []
      : [
          {
            name: 'admin port',
            ...admin,
            variables: { host: 'ADMIN_HOST', port: 'ADMIN_PORT' },
            knows: knowsMetrics,
          },
        ]),
  ];
  return Promise.all(ports.map(portCheck));
}

async function portCheck({ name, host, port, variables, knows }: Port): Promise<Check> {
  if (port === 0) return ok(name, 'any free one');
  const at = `${host}:${port}`;
  const fault: NodeJS.ErrnoException | undefined = await listeningFault(host, port);
  if (fault === undefined) return ok(name, `${at} is free`);
  const code = fault.code ?? fault.message;
  if (code !== 'EADDRINUSE') {
    return fail(name, `${at}: ${code}`, `change ${variables.host} or ${variables.port}`);
  }
  const known = await knows(localUrl({ HOST: host, PORT: String(port) }), at);
  const remedy = `stop it, or change ${variables.port}`;
  return known ?? fail(name, `another program listens on ${at}`, remedy);
}

async function knowsServer(url: string, at: string): Promise<Check | undefined> {
  // By its document, which has its name: other programs answer to /health/live, too.
  const document = await answerOf(`${url}/openapi.json`);
  if (document === undefined || !/"title": *"Task API"/.test(document)) return undefined;
  const status = await statusOf(`${url}/health/ready`, ANSWER_WITHIN_MS).catch(() => undefined);
  return status === 200
    ? ok('port', `a Task API serves on ${at}`)
    : warn('port', `a Task API listens on ${at}, but is not ready`, `see ${url}/health/ready`);
}

async function knowsMetrics(url: string, at: string): Promise<Check | undefined> {
  const metrics = await answerOf(`${url}/metrics`);
  return metrics?.includes('\ntask_api_') === true
    ? ok('admin port', `a Task API serves metrics on ${at}`)
    : undefined;
}

/** Undefined where there is none in time. */
async function answerOf(url: string): Promise<string | undefined> {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  try {
    const [response] = (await once(get(url, { agent: false, signal }), 'response')) as [
      IncomingMessage,
    ];
    return await text(response);
  } catch {
    return undefined;
  }
}
