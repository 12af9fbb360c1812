import { spawnSync, type SpawnOptions } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { EmbeddedPostgresError } from '../embedded-postgres-error';

/**
 * As whom PostgreSQL runs. It refuses uid 0, so root gives it another identity:
 * - `self`: the user of this process;
 * - `namespace`: this process's user, which PostgreSQL sees as `uid`, in a user namespace. Files
 *   stay this user's, so nothing has to be copied or opened to others;
 * - `other`: the user `uid`, where the kernel permits no namespace (most containers), or where the
 *   data already belongs to that user.
 */
export type PostgresUser =
  | { readonly kind: 'self' }
  | { readonly kind: 'namespace'; readonly uid: number; readonly gid: number }
  | { readonly kind: 'other'; readonly uid: number; readonly gid: number };

export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/** A program with the options that make it run as a {@link PostgresUser}. */
export interface Invocation {
  readonly file: string;
  readonly args: readonly string[];
  readonly options: Pick<SpawnOptions, 'env' | 'uid' | 'gid' | 'windowsHide' | 'detached'>;
}

/** Nothing is inherited: PostgreSQL gets neither secrets of the API nor PG* variables. */
const ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

export function invocation(
  user: PostgresUser,
  program: string,
  args: readonly string[],
): Invocation {
  // A process group of its own: Ctrl-C in a terminal reaches this process alone, which ends the rest.
  const options = {
    env: ENVIRONMENT,
    windowsHide: true,
    detached: process.platform !== 'win32',
  };
  switch (user.kind) {
    case 'self':
      return { file: program, args, options };
    case 'namespace': {
      // unshare replaces itself by the program, so the child's pid is the program's.
      const mapping = ['--user', `--map-user=${user.uid}`, `--map-group=${user.gid}`];
      return { file: 'unshare', args: [...mapping, '--', program, ...args], options };
    }
    case 'other':
      return { file: program, args, options: { ...options, uid: user.uid, gid: user.gid } };
  }
}

/**
 * @param owner of the cluster that is to be run; absent: it is about to be made
 * @throws EmbeddedPostgresError if this process can run it as no user that PostgreSQL accepts
 */
export function choosePostgresUser(owner: FileOwner | undefined): PostgresUser {
  const uid = process.geteuid?.();
  if (uid === undefined) return { kind: 'self' };
  if (uid !== 0) return hasName() ? { kind: 'self' } : (namespaceUser() ?? { kind: 'self' });
  if (owner !== undefined && owner.uid !== 0) return { kind: 'other', ...owner };
  const inNamespace = namespaceUser();
  if (inNamespace !== undefined) return inNamespace;
  if (owner !== undefined) {
    throw new EmbeddedPostgresError(
      'The embedded database belongs to root, and this system permits no user namespaces (unshare --user), without which PostgreSQL refuses to run as root: start the server as another user who owns DATA_DIR, or permit them',
    );
  }
  const nobody = namedUsers().find(({ name }) => name === 'nobody');
  if (nobody !== undefined) return { kind: 'other', uid: nobody.uid, gid: nobody.gid };
  throw new EmbeddedPostgresError(
    'PostgreSQL refuses to run as root, and this system has neither user namespaces (unshare --user) nor a user "nobody": start the server as another user, or set DATABASE_URL',
  );
}

/**
 * Root may run everybody's database, anybody else their own.
 * @throws EmbeddedPostgresError
 */
export function refuseOtherOwner(owner: number): void {
  const uid = process.geteuid?.() ?? owner;
  if (uid === 0 || uid === owner) return;
  throw new EmbeddedPostgresError(
    `The embedded database belongs to the user with uid ${owner}, this process runs with uid ${uid}: start it as that user, or set another DATA_DIR`,
  );
}

/** Whether that user may enter a directory: asked of the kernel, which knows about ACLs as well. */
export function canEnter(user: PostgresUser, directory: string): boolean {
  if (user.kind !== 'other') return true;
  const { file, args, options } = invocation(user, 'sh', ['-c', 'cd -- "$1"', 'sh', directory]);
  return spawnSync(file, args, { ...options, stdio: 'ignore' }).status === 0;
}

/** initdb looks its user up by uid; in containers that run as an arbitrary uid there is none. */
function hasName(): boolean {
  try {
    userInfo();
    return true;
  } catch {
    return false;
  }
}

function namespaceUser(): PostgresUser | undefined {
  const named = namedUsers().find(({ uid }) => uid !== 0);
  if (process.platform !== 'linux' || named === undefined) return undefined;
  const user = { kind: 'namespace', uid: named.uid, gid: named.gid } as const;
  const { file, args, options } = invocation(user, 'true', []);
  return spawnSync(file, args, { ...options, stdio: 'ignore' }).status === 0 ? user : undefined;
}

function namedUsers(): { name: string; uid: number; gid: number }[] {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
      .filter(({ uid, gid }) => Number.isInteger(uid) && Number.isInteger(gid));
  } catch {
    return [];
  }
}
