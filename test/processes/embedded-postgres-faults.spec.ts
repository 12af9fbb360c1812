import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { itWith } from '../support/requirements';
import {
  EmbeddedPostgresProcesses,
  KEPT,
  commandLine,
  postmasterPid,
  readKept,
} from '../support/processes/embedded-postgres-processes';

const processes = new EmbeddedPostgresProcesses();
afterEach(() => processes.cleanUp());
afterAll(() => processes.close());

/** Every file below a directory with its size and time of change. */
function contentOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => {
      const { size, mtimeMs } = statSync(path);
      return `${path} ${size} ${mtimeMs}`;
    })
    .sort();
}

describe('a data directory that cannot be used is named in one line and left as it is', () => {
  const DAMAGES: readonly [title: string, damage: (home: string) => void, line: RegExp][] = [
    [
      'written by another major version',
      (home) => writeFileSync(join(home, 'cluster', 'PG_VERSION'), '15\n'),
      /cluster was written by PostgreSQL 15, this release brings 18: write a backup with the release that wrote it/,
    ],
    [
      'without PG_VERSION',
      (home) => rmSync(join(home, 'cluster', 'PG_VERSION')),
      /cluster is damaged \(PG_VERSION is missing\): restore it from a backup, or move it away/,
    ],
    [
      'with an unreadable PG_VERSION',
      (home) => writeFileSync(join(home, 'cluster', 'PG_VERSION'), '\0\0'),
      /cluster is damaged \(PG_VERSION is not readable\)/,
    ],
    [
      'without its control file',
      (home) => rmSync(join(home, 'cluster', 'global', 'pg_control')),
      /cluster is damaged \(global\/pg_control is missing\)/,
    ],
    [
      'with a broken control file',
      (home) => writeFileSync(join(home, 'cluster', 'global', 'pg_control'), Buffer.alloc(8192)),
      /PostgreSQL could not start on .*cluster: .+; nothing was deleted, details are in .*postgres\.log/,
    ],
    [
      'without the cluster',
      (home) => renameSync(join(home, 'cluster'), join(home, 'elsewhere')),
      /is damaged \(cluster\/ is missing\)/,
    ],
    [
      'without credentials',
      (home) => rmSync(join(home, 'credentials.json')),
      /is damaged \(credentials\.json is missing\)/,
    ],
    [
      'with credentials cut short',
      (home) => writeFileSync(join(home, 'credentials.json'), '{"ownerPassword":"s3cret'),
      /is damaged \(credentials\.json is not JSON\)/,
    ],
  ];

  it.each(DAMAGES)('%s', async (_title, damage, line) => {
    const dataDir = await processes.usedDataDir();
    const home = join(dataDir, 'postgres');
    damage(home);
    const before = contentOf(home);

    const { name, message } = await processes.hold(dataDir).failure();
    expect(name).toBe('EmbeddedPostgresError');
    expect(message).toMatch(line);
    expect(message).not.toMatch(/\n|s3cret/);
    expect(contentOf(home)).toEqual(before);
  });

  it('with credentials of another database', async () => {
    const dataDir = await processes.usedDataDir();
    const credentials = join(dataDir, 'postgres', 'credentials.json');
    writeFileSync(credentials, JSON.stringify({ ownerPassword: 'other', apiPassword: 'other' }));

    const { message } = await processes.hold(dataDir).failure();
    expect(message).toContain('password authentication failed for user "postgres"');
    expect(commandLine(postmasterPid(join(dataDir, 'postgres', 'cluster')) ?? 0)).toBe('');
  });

  it('whose data was elsewhere and is gone', async () => {
    const dataDir = processes.dataDir();
    mkdirSync(dataDir);
    symlinkSync('/nowhere/postgres-1', join(dataDir, 'postgres'));
    const { message } = await processes.hold(dataDir).failure();
    expect(message).toMatch(
      /postgres was in \/nowhere\/postgres-1, which is gone: bring it back, or remove the link/,
    );
  });

  it('that is a file', async () => {
    const dataDir = processes.dataDir();
    writeFileSync(dataDir, '');
    const { message } = await processes.hold(dataDir).failure();
    expect(message).toMatch(/a file is in the way: set DATA_DIR to a directory/);
  });

  itWith('root', 'that this user may not write', async () => {
    const parent = processes.directory();
    chmodSync(parent, 0o755);
    const { message } = await processes.hold(join(parent, '.data'), { uid: 65_534 }).failure();
    expect(message).toMatch(
      /^Cannot create the data directory .*: permission denied: set DATA_DIR to a directory that belongs to the user/,
    );
  });

  itWith('root', 'on a disk that is full', async () => {
    const parent = processes.directory();
    const mount = `mount -t tmpfs -o size=12m none "$1" && shift && exec "$@"`;
    const wrapper = ['unshare', '--mount', 'sh', '-c', mount, 'sh', parent];
    const { message } = await processes.hold(join(parent, '.data'), { wrapper }).failure();
    expect(message).toMatch(
      /^Cannot create the embedded database in .*: the disk is full: free some space and start again \(.*\)$/,
    );
  });
});

describe('the machine', () => {
  it('without a PostgreSQL gets the alternative', async () => {
    const prelude = join(processes.directory(), 'other-machine.cjs');
    writeFileSync(prelude, `Object.defineProperty(process, 'arch', { value: 'riscv64' });`);
    const { message } = await processes.hold(processes.dataDir(), { prelude }).failure();
    expect(message).toBe(
      `There is no embedded PostgreSQL for ${process.platform}-riscv64: set DATABASE_URL to a PostgreSQL server`,
    );
  });

  itWith(
    'linux',
    'may have given the process id of a crashed server to another process',
    async () => {
      const dataDir = await processes.usedDataDir();
      const first = processes.hold(dataDir);
      const { location } = await first.started();
      process.kill(postmasterPid(location) ?? 0, 'SIGKILL');
      await first.event('exited');
      await first.kill();
      const file = join(location, 'postmaster.pid');
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(process.pid)));

      const { endpoint } = await processes.hold(dataDir).started();
      expect(await readKept(endpoint.owner)).toEqual(KEPT);
    },
  );
});
