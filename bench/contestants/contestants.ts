import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { urlOf } from '../../test/support/database/connection-url';
import { GO } from './go';
import type { ServerContestant } from './server-contestant';

/** What the product opens by default: DATABASE_LANES and DATABASE_POOL together. */
export const PRODUCT_CONNECTIONS = 11;

/** PostgreSQL's own load generator, without any server. */
export interface PgbenchContestant {
  readonly kind: 'pgbench';
  readonly name: 'pgbench';
  readonly about: string;
}

/** A server that somebody else started on the benchmark's database. */
export interface PeerContestant {
  readonly kind: 'peer';
  readonly name: string;
  readonly about: string;
  readonly authenticates: false;
  readonly url: string;
}

export type Contestant = ServerContestant | PgbenchContestant | PeerContestant;

const ROOT = join(__dirname, '..', '..');
const TYPESCRIPT = ['--require', join(ROOT, 'test', 'support', 'typescript-hook.cjs')];
/** Above what any user reaches, so that it is counted but never refused. */
const UNREACHED = '100000000';

function handWritten(name: string, file: string, about: string): ServerContestant {
  return {
    kind: 'server',
    name,
    about,
    authenticates: name === 'usual',
    hasPool: true,
    program: [...TYPESCRIPT, join(__dirname, file)],
    environment: ({ dataset, database, port, connections }) => ({
      NODE_ENV: 'production',
      PORT: String(port),
      DATABASE_URL: urlOf(database.endpoint.owner),
      DATABASE_POOL: String(connections),
      AUTH_SECRET: dataset.secret,
    }),
  };
}

export const TASK_API: ServerContestant = {
  kind: 'server',
  name: 'task-api',
  about: 'this API as `npm start` runs it in production, everything on',
  authenticates: true,
  hasPool: false,
  program: [join(ROOT, 'bin', 'task-api.mjs')],
  environment: ({ dataset, database, port, adminPort }) => ({
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
    DATABASE_URL: urlOf(database.endpoint.api),
    DATABASE_OWNER_URL: urlOf(database.endpoint.owner),
    AUTH_SECRET: dataset.secret,
    RATE_LIMIT: UNREACHED,
    MAX_TASKS_PER_USER: UNREACHED,
    LOG_LEVEL: 'error',
    // As under npm: the launcher then ties the server's life to the benchmark's.
    npm_lifecycle_event: 'bench',
  }),
};

export const CONTESTANTS: readonly Contestant[] = [
  TASK_API,
  {
    ...TASK_API,
    name: 'task-api-pooled',
    about: 'this API through PgBouncer in transaction mode',
    isPooled: true,
    isOptional: true,
  },
  { ...variant('task-api-plain:DATABASE_LANES=0,DATABASE_POOL=22'), isOptional: true },
  handWritten(
    'raw',
    'raw.ts',
    'node:http and pg by hand; no authentication, validation or row-level security',
  ),
  handWritten(
    'fastify',
    'fastify.ts',
    'Fastify with schemas and pg; no authentication or row-level security',
  ),
  handWritten(
    'usual',
    'usual/main.ts',
    'Nest, Express and TypeORM the usual way; authentication and validation on',
  ),
  GO,
  {
    kind: 'pgbench',
    name: 'pgbench',
    about: 'no server at all: the statements of raw, sent by pgbench',
  },
];

/**
 * This API with other settings, to compare it with itself.
 * @param text such as `eight-lanes:DATABASE_LANES=8,DATABASE_POOL=4`
 */
export function variant(text: string): ServerContestant {
  const [, name, settings] = /^([\w.-]+):(\w+=[^,]*(?:,\w+=[^,]*)*)$/.exec(text) ?? [];
  if (name === undefined || settings === undefined) {
    throw new Error(`--variant ${text}: expected name:NAME=value,NAME=value`);
  }
  const changes = new Map(
    settings.split(',').map((setting) => {
      const end = setting.indexOf('=');
      return [setting.slice(0, end), setting.slice(end + 1)];
    }),
  );
  return {
    ...TASK_API,
    name,
    about: `this API with ${settings}`,
    environment: (context) => ({
      ...TASK_API.environment(context),
      ...Object.fromEntries(changes),
    }),
  };
}

/**
 * Another commit of this API, on data in its own schema.
 * @param text `name=PATH` of a checkout that is installed and built
 */
export function checkout(text: string): ServerContestant {
  const [, name, path] = /^([\w.-]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || path === undefined) {
    throw new Error(`--checkout ${text}: expected name=PATH`);
  }
  const program = resolve(path, 'bin', 'task-api.mjs');
  if (!existsSync(program)) throw new Error(`--checkout ${text}: there is no ${program}`);
  const about = `this API as it is in ${path}`;
  return { ...TASK_API, name, about, program: [program], checkout: resolve(path) };
}

/** @param text `name=http://host:port` */
export function peer(text: string): PeerContestant {
  const [, name, url] = /^([\w.-]+)=(https?:\/\/.+?)\/?$/.exec(text) ?? [];
  if (name === undefined || url === undefined) {
    throw new Error(`--peer ${text}: expected name=http://host:port`);
  }
  return { kind: 'peer', name, url, authenticates: false, about: `a peer at ${url}` };
}
