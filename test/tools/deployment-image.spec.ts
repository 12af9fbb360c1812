import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { Client } from 'pg';
import { describeWith, itWith } from '../support/requirements';
import { SESSION_SETTINGS } from '../../src/database/database-session';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/embedded-postgres/embedded-postgres';
import { freePort } from '../support/processes/free-port';
import { Image } from '../support/processes/image';
import { aCaller, TEST_SECRET } from '../support/app/tokens';
import { WireProxy } from '../support/wire/wire-proxy';

const read = (path: string): string => readFileSync(path, 'utf8');
const DOCKERFILE = read('Dockerfile');
const steps = DockerfileParser.parse(DOCKERFILE).getInstructions();
const stepsOf = (keyword: string) => steps.filter((step) => step.getKeyword() === keyword);
const wordsOf = (keyword: string) =>
  stepsOf(keyword).map((step) => step.getArguments().map((word) => word.getValue()));

/** Node 26, which the base image has; only the platform's package brings it here. */
const IMAGE_NODE = nodeOfImage();

function nodeOfImage(): string | undefined {
  try {
    const name = `node-${process.platform}-${process.arch}/bin/node`;
    return createRequire(__filename).resolve(name);
  } catch {
    return undefined;
  }
}

describe('the Dockerfile', () => {
  it('has nothing that a linter would mend', () => {
    expect(validate(DOCKERFILE)).toEqual([]);
  });

  it('starts from one slim image, of the Node that the project bundles', () => {
    const images = wordsOf('FROM').map(([image = '']) => image);
    const stages = wordsOf('FROM').flatMap(([, , name = '']) => name);
    const foreign = images.filter((image) => !stages.includes(image));

    const major = read('.nvmrc').trim();
    expect(foreign).toEqual([expect.stringMatching(`^node:${major}[.\\d]*-slim@sha256:`)]);
  });

  it('fetches nothing but what the lockfile names, and runs no script of a package', () => {
    const commands = wordsOf('RUN').map((words) => words.join(' '));

    expect(stepsOf('ADD')).toEqual([]);
    for (const command of commands) expect(command).toMatch(/^(npm (ci|prune) |node scripts\/)/);
    for (const command of commands.filter((text) => text.startsWith('npm '))) {
      expect(command).toContain('--ignore-scripts');
    }
  });

  it('gives up root last of all, before it says what runs', () => {
    const keywords = steps.map((step) => step.getKeyword());

    expect(wordsOf('USER')).toEqual([['node']]);
    expect(keywords.slice(keywords.indexOf('USER') + 1)).toEqual([
      'EXPOSE',
      'STOPSIGNAL',
      'HEALTHCHECK',
      'CMD',
    ]);
    expect(wordsOf('STOPSIGNAL')).toEqual([['SIGTERM']]);
  });

  it('gets from the build context what it copies, and nothing else', () => {
    const copied = stepsOf('COPY')
      .filter((step) => !step.toString().includes('--from='))
      .flatMap((step) => step.getArguments().slice(0, -1))
      .map((word) => word.getValue());
    const [everything, ...exceptions] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));

    expect(everything).toBe('*');
    expect([...exceptions].sort()).toEqual([...new Set(copied)].map((path) => `!${path}`).sort());
  });
});

describeWith('node26', 'the image', () => {
  let image: Image;
  let directory: string;
  let postgres: EmbeddedPostgres;
  let door: WireProxy;
  let server: ChildProcess | undefined;
  let written = '';

  beforeAll(async () => {
    image = Image.build(DOCKERFILE, IMAGE_NODE ?? '');
    directory = mkdtempSync(join(tmpdir(), 'task-api-deployment-'));
    const parameters = { fsync: 'off' };
    postgres = await startEmbeddedPostgres({ dataDir: directory, parameters });
    // The image's user may not enter the directory of PostgreSQL's socket.
    door = await WireProxy.start(postgres.endpoint.owner);
    await setUpRoles();
  }, 600_000);
  afterEach(async () => {
    if (server?.exitCode === null && server.signalCode === null) {
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
    server = undefined;
  });
  afterAll(async () => {
    await door.stop();
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
    image.remove();
  });

  /** ops/postgres/roles.sql, with what psql puts in, by an administrator of managed PostgreSQL. */
  async function setUpRoles(): Promise<void> {
    await administer('postgres', 'drop database if exists task_api');
    await administer('postgres', 'drop role if exists task_api');
    await administer('postgres', 'create role administrator createrole createdb');
    await administer('postgres', 'create database tasks owner administrator');
    const variables: Readonly<Record<string, string>> = {
      "'owner_password'": "'owner-password'",
      "'api_password'": "'api-password'",
      '"DBNAME"': '"tasks"',
    };
    const sql = read('ops/postgres/roles.sql').replaceAll(
      /:('\w+'|"\w+")/g,
      (_, name: string) => variables[name] ?? '',
    );
    await administer('tasks', `set session authorization administrator; ${sql}`);
  }

  async function administer(database: string, sql: string): Promise<void> {
    const client = new Client({ ...postgres.endpoint.owner, database });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }

  const urlOf = (login: string, password: string): string =>
    `postgresql://${login}:${password}@127.0.0.1:${door.port}/tasks`;

  async function variables(): Promise<Record<string, string>> {
    return {
      PORT: String(await freePort()),
      AUTH_SECRET: TEST_SECRET,
      DATABASE_URL: urlOf('task_api_login', 'api-password'),
      DATABASE_OWNER_URL: urlOf('task_api_owner', 'owner-password'),
    };
  }

  /** Runs a command of the image to its end. */
  async function run(command: readonly string[], env: Readonly<Record<string, string>>) {
    const [program = '', ...args] = command;
    const child = spawn(program, args, image.spawnOptions(env));
    const [[code], stdout, stderr] = await Promise.all([
      once(child, 'exit') as Promise<[number | null]>,
      text(child.stdout),
      text(child.stderr),
    ]);
    return { code, stdout, stderr };
  }

  /** Starts CMD and asks HEALTHCHECK until it says yes, as Docker does. */
  async function serve(env: Readonly<Record<string, string>>): Promise<ChildProcess> {
    const [program = '', ...args] = image.command;
    const child = spawn(program, args, { ...image.spawnOptions(env), stdio: 'pipe' });
    server = child;
    written = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (written += chunk.toString()));
    }
    await once(child, 'spawn');
    while (!(await isHealthy(env))) {
      if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}: ${written}`);
    }
    return child;
  }

  async function isHealthy(env: Readonly<Record<string, string>>): Promise<boolean> {
    const { code } = await run(image.healthcheck, env);
    return code === 0;
  }

  it('holds what serves, and nothing else', () => {
    expect(readdirSync(image.directory).sort()).toEqual([
      'bin',
      'dist',
      'node_modules',
      'package.json',
    ]);
    const { packages } = JSON.parse(read('package-lock.json')) as Lockfile;
    const production = Object.entries(packages)
      .filter(
        ([path, { dev, optional, devOptional }]) =>
          path !== '' && !(dev ?? optional ?? devOptional),
      )
      .map(([path]) => path);
    const installed = JSON.parse(
      readFileSync(join(image.directory, 'node_modules/.package-lock.json'), 'utf8'),
    ) as Lockfile;
    expect(Object.keys(installed.packages).sort()).toEqual(production.sort());
  });

  it('refuses to start without an identity, and says what is missing', async () => {
    const { DATABASE_URL = '' } = await variables();
    const { code, stderr } = await run(image.command, { DATABASE_URL });

    expect(code).toBe(78);
    expect(stderr).toContain('AUTH_ISSUER: production needs an identity');
  });

  it('migrates, serves as the logins that ops/postgres makes, and ends on SIGTERM', async () => {
    const env = await variables();
    const child = await serve(env);

    const { authorization } = await aCaller();
    const created = await fetch(`http://127.0.0.1:${env['PORT'] ?? ''}/api/me/tasks`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'From an image' }),
    });
    expect(created.status).toBe(201);
    expect(await created.json()).toMatchObject({ title: 'From an image' });

    // The process that Docker tells is the server itself: nothing passes the signal on.
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await isHealthy(env)).toBe(false);
  });

  it('serves as a login that is nobody: all powers lie with the other one', async () => {
    await serve(await variables());
    const client = new Client(urlOf('task_api_login', 'api-password'));
    await client.connect();
    try {
      const { rows } = await client.query(
        `select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,
                pg_has_role('task_api_owner', 'member') as owns,
                has_schema_privilege('public', 'create') as creates
         from pg_roles where rolname = current_user`,
      );
      expect(Object.values(rows[0] as object)).toEqual(Array(6).fill(false));
      const expected = { ...SESSION_SETTINGS, search_path: 'public, pg_temp' };
      for (const [name, value] of Object.entries(expected)) {
        if (name === 'role') continue;
        const { rows: settings } = await client.query<{ setting: string }>(
          `select setting from pg_settings where lower(name) = lower($1)`,
          [name],
        );
        expect({ [name]: settings[0]?.setting }).toEqual({ [name]: value });
      }
    } finally {
      await client.end();
    }
  });

  it('has the command line', async () => {
    const command = ['node', 'bin/task-api-cli.mjs', 'migrate'];
    const { code, stderr } = await run(command, await variables());

    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
  });

  // Otherwise the files are those of this user, who has made them.
  itWith('root', 'can change nothing of itself', async () => {
    const writing = `require('node:fs').appendFileSync('dist/x', '')`;
    const { stderr } = await run(['node', '-e', writing], {});

    expect(stderr).toContain('EACCES');
  });
});

interface Lockfile {
  readonly packages: Readonly<
    Record<
      string,
      { readonly dev?: boolean; readonly optional?: boolean; readonly devOptional?: boolean }
    >
  >;
}
