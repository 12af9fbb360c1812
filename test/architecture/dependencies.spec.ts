import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { subset } from 'semver';

type Versions = Readonly<Record<string, string>>;

interface Manifest {
  readonly engines: { readonly node: string };
  readonly scripts: Versions;
  readonly dependencies: Versions;
  readonly devDependencies: Versions;
  readonly optionalDependencies: Versions;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

interface LockedPackage {
  readonly dev?: boolean;
  readonly engines?: { readonly node?: string };
  readonly bin?: Versions;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Versions;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

const readLockfile = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Lockfile;
const lockfile = readLockfile('package-lock.json');
const client = readLockfile('clients/typescript/package-lock.json');
const locked = Object.entries(lockfile.packages).filter(([path]) => path !== '');

const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 13);

describe('package.json', () => {
  it('pins every version exactly', () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const versions = Object.entries({
      ...dependencies,
      ...devDependencies,
      ...optionalDependencies,
    });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual(
      [],
    );
  });

  it('decides on each install script', () => {
    const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    const undecided = scripted
      .map(([path]) => nameOf(path))
      .filter((name) => !(name in manifest.allowScripts));
    expect(undecided).toEqual([]);
  });

  it('checks that the packages for development are there before it runs a program of theirs', () => {
    const programs = Object.keys(manifest.devDependencies).flatMap((name) =>
      Object.keys(lockfile.packages[`node_modules/${name}`]?.bin ?? {}),
    );
    const check = 'node scripts/development-installed.mjs && ';
    const running = Object.entries(manifest.scripts).filter(([, command]) =>
      command
        .split(' && ')
        .some((part) => programs.includes(part.slice(0, `${part} `.indexOf(' ')))),
    );
    expect(running.map(([name]) => name)).toEqual(expect.arrayContaining(['lint', 'typecheck']));
    expect(running.filter(([, command]) => !command.startsWith(check))).toEqual([]);
  });
});

describe('jest.config.cjs', () => {
  it('has tests run as tests, whatever the shell says of the environment and PostgreSQL', () => {
    const code = `require('./jest.config.cjs');
      console.log(process.env.NODE_ENV, process.env.PGSSLMODE)`;
    const env = { PATH: process.env['PATH'], NODE_ENV: 'production', PGSSLMODE: 'require' };
    const told = execFileSync(process.execPath, ['-e', code], { env, encoding: 'utf8' });
    expect(told).toBe('test undefined\n');
  });
});

describe('package-lock.json', () => {
  // Where a version is not published for every platform yet, npm leaves the missing ones out of the
  // lockfile, and then refuses that lockfile in `npm ci`.
  it('has the binaries of every platform', () => {
    const missing = locked.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !isLocked(name, path))
        .map((name) => `${path} needs ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it('has the compiler where npm omits what develops', () => {
    const isDevelopment = (name: string) => lockfile.packages[`node_modules/${name}`]?.dev === true;
    expect(isDevelopment('jest')).toBe(true);
    expect(isDevelopment('@swc/core')).toBe(false);
  });

  // npm warns of each package that does not, and with `engine-strict` installs nothing.
  it('has only packages that run on every Node that the project names', () => {
    const excluding = [...locked, ...Object.entries(client.packages)]
      .filter(([, { engines }]) => !subset(manifest.engines.node, engines?.node ?? '*'))
      .map(([path, { engines }]) => `${path} wants Node ${engines?.node ?? ''}`);
    expect(excluding).toEqual([]);
  });

  it('has the integrity of every package, and says nothing of where one was fetched', () => {
    const faulty = locked.filter(
      ([, { integrity, resolved }]) => integrity === undefined || resolved !== undefined,
    );
    expect(faulty).toEqual([]);
  });
});

/** Whether Node would find the package from there, as npm lays them out: the nearest one upwards. */
function isLocked(name: string, from: string): boolean {
  for (let folder = from; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    if (`${folder}/node_modules/${name}` in lockfile.packages) return true;
    if (!folder.includes('/node_modules/')) return `node_modules/${name}` in lockfile.packages;
  }
}
