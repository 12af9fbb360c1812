import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkingCopy } from '../bench-database';
import type { Dataset } from '../dataset';
import { type LoadResult, RequestsExhaustedError } from '../load/load-result';
import type { RouteName } from '../routes';
import { run } from '../run-program';
import { HIGHEST_ID, STATEMENTS } from './statements';

/** Where Debian puts the programs that it keeps out of PATH, newest version last. */
const DEBIAN_PROGRAMS = '/usr/lib/postgresql';

export interface Pgbench {
  readonly program: string;
  readonly version: string;
}

export function findPgbench(): Pgbench | undefined {
  const versions = existsSync(DEBIAN_PROGRAMS) ? readdirSync(DEBIAN_PROGRAMS).sort() : [];
  const places = versions.map((version) => join(DEBIAN_PROGRAMS, version, 'bin', 'pgbench'));
  for (const program of ['pgbench', ...places.reverse()]) {
    const { stdout, error } = spawnSync(program, ['--version'], { encoding: 'utf8' });
    if (error === undefined) return { program, version: stdout.trim() };
  }
  return undefined;
}

interface PgbenchRun {
  readonly pgbench: Pgbench;
  readonly dataset: Dataset;
  readonly database: WorkingCopy;
  readonly route: RouteName;
  readonly connections: number;
  readonly seconds: number;
  /** For DELETE: number of the first spare task, and how many there are. */
  readonly spare: { readonly first: number; readonly count: number };
  readonly workDirectory: string;
}

/**
 * Runs one statement over and over: what PostgreSQL alone can do, and so the ceiling of a server.
 * @throws RequestsExhaustedError
 */
export async function loadWithPgbench(work: PgbenchRun): Promise<LoadResult> {
  const { pgbench, database, connections, seconds, route, spare } = work;
  const { host, port, user, password, database: name } = database.endpoint.owner;
  const file = join(work.workDirectory, 'statement.sql');
  writeFileSync(file, scriptFor(work));
  try {
    const place = ['-h', String(host), '-p', String(port), '-U', String(user)];
    const load = ['-n', '-M', 'prepared', '-c', String(connections), '-j', '1'];
    const output = await run(
      pgbench.program,
      [...place, ...load, '-T', String(seconds), '-D', 'n=0', '-f', file, String(name)],
      { PATH: process.env['PATH'], PGPASSWORD: String(password) },
    );
    const result = parse(output);
    if (route === 'delete' && result.requests > spare.count) throw new RequestsExhaustedError();
    return result;
  } finally {
    rmSync(file);
  }
}

/** The same users and tasks as the requests of the other contestants, drawn evenly. */
function scriptFor({ dataset, route, connections, spare }: PgbenchRun): string {
  const { users, heavyEvery, tasksPerUser, tasksPerHeavyUser } = dataset.shape;
  const [user, task, spareTask] = [':u::bigint', ':k::bigint', ':i::bigint'];
  const owner = dataset.sql.userId(user);
  const own = [owner, dataset.sql.taskId(user, task)];
  const title = "'Ask the supplier about order'";
  const description = "'They promised an answer by the end of the week.'";
  const anyTask = [
    `\\set u random(1, ${users})`,
    `\\set k random(1, case when mod(:u, ${heavyEvery}) = 0 then ${tasksPerHeavyUser} else ${tasksPerUser} end)`,
  ];
  const heavyUser = [`\\set u random(1, ${Math.floor(users / heavyEvery)}) * ${heavyEvery}`];
  const nextSpareTask = [
    `\\set i ${spare.first} + :n * ${connections} + :client_id`,
    '\\set n :n + 1',
  ];
  const script = (settings: string[], { text }: { text: string }, values: string[]): string =>
    [...settings, `${withValues(text, values)};`, ''].join('\n');

  switch (route) {
    case 'get':
      return script(anyTask, STATEMENTS.get, own);
    case 'list-20':
      return script(anyTask, STATEMENTS.list, [owner, `'${HIGHEST_ID}'`, '21']);
    case 'list-200':
      return script(heavyUser, STATEMENTS.list, [owner, `'${HIGHEST_ID}'`, '201']);
    case 'create':
      return script(anyTask, STATEMENTS.create, [
        ...[owner, 'uuidv7()', title, description],
        ...['false', 'now()'],
      ]);
    case 'put':
      return script(anyTask, STATEMENTS.replace, [...own, title, description, 'false']);
    case 'patch':
      return script(anyTask, STATEMENTS.patch, [...own, title, 'false', 'null', 'null::boolean']);
    case 'toggle':
      return script(anyTask, STATEMENTS.toggle, own);
    case 'delete':
      return script(nextSpareTask, STATEMENTS.delete, [
        dataset.sql.userId(dataset.sql.spareOwner(spareTask)),
        dataset.sql.spareId(spareTask),
      ]);
  }
}

function withValues(text: string, values: readonly string[]): string {
  return text.replaceAll(/\$(\d)/g, (_, position: string) => values[Number(position) - 1] ?? '');
}

function parse(output: string): LoadResult {
  const number = (pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? Number.NaN);
  const requests = number(/transactions actually processed: (\d+)/);
  return {
    requests,
    // Without the time that it took to connect.
    seconds: requests / number(/^tps = ([\d.]+)/m),
    failures: number(/number of failed transactions: (\d+)/),
  };
}
