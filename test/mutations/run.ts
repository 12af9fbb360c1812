/**
 * `npm run test:mutations`: damages a copy of the sources in one place after the other, and demands
 * that the test named for it fails. `npm run test:mutations -- policy` tries the mutants with that
 * word in their names.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres';
import { urlOf } from '../support/database/connection-url';
import type { Mutant } from './mutant';
import { MUTANTS } from './mutants';
import { staleEdits, type TestResult, Workspace } from './workspace';

/** More would wait for PostgreSQL. */
const MOST_AT_ONCE = 2;
const EXPECTATION = /expect\(/;

async function main(word = ''): Promise<boolean> {
  const mutants = MUTANTS.filter(({ name }) => name.includes(word));
  const stale = staleEdits(MUTANTS);
  if (stale.length > 0) {
    say('These mutants no longer match the sources; bring test/mutations/ up to date:');
    for (const line of stale) say(`  ${line}`);
    return false;
  }
  const directory = mkdtempSync(join(tmpdir(), 'task-api-mutations-database-'));
  const postgres = await startEmbeddedPostgres({
    dataDir: directory,
    parameters: { fsync: 'off', synchronous_commit: 'off', max_connections: '200' },
  });
  const workspaces = Array.from({ length: Math.min(MOST_AT_ONCE, availableParallelism()) }, () =>
    Workspace.create(
      {
        DATABASE_URL: urlOf(postgres.endpoint.api),
        DATABASE_OWNER_URL: urlOf(postgres.endpoint.owner),
      },
      interrupted(),
    ),
  );
  try {
    return await tryAll(mutants, workspaces);
  } finally {
    for (const workspace of workspaces) workspace.remove();
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function tryAll(
  mutants: readonly Mutant[],
  workspaces: readonly Workspace[],
): Promise<boolean> {
  const [first] = workspaces;
  const unfit = testsThatDoNotPass(mutants, (await first?.run(mutants)) ?? []);
  if (unfit.length > 0) {
    say('These tests do not pass without a mutant:');
    for (const test of unfit) say(`  ${test}`);
    return false;
  }
  say(`${new Set(mutants.map(({ test }) => test)).size} tests pass without a mutant.`);
  const waiting = [...mutants];
  let survivors = 0;
  await Promise.all(
    workspaces.map(async (workspace) => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const begun = performance.now();
        const verdict = judge(next, await workspace.tryOut(next));
        if (verdict !== 'killed') survivors += 1;
        const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
        say(
          `${verdict === 'killed' ? 'killed  ' : 'SURVIVED'} ${seconds.padStart(5)} s  ${next.name}`,
        );
        if (verdict !== 'killed') say(`    ${verdict}\n    ${next.spec}: ${next.test}`);
      }
    }),
  );
  say(`${mutants.length - survivors} of ${mutants.length} mutants killed.`);
  return survivors === 0 && mutants.length > 0;
}

function testsThatDoNotPass(
  mutants: readonly Mutant[],
  results: readonly TestResult[],
): readonly string[] {
  const passed = results.filter(({ status }) => status === 'passed');
  return Array.from(new Set(mutants.map(({ test }) => test))).filter(
    (test) => !passed.some(({ fullName }) => fullName === test),
  );
}

/** A test that breaks down for another reason, such as a server that does not start, proves nothing. */
function judge({ because = EXPECTATION }: Mutant, result: TestResult | undefined): string {
  if (result === undefined) return 'its test did not run';
  if (result.status === 'passed') return 'its test passes';
  const told = result.failureMessages.join('\n');
  return because.test(told)
    ? 'killed'
    : `its test fails, but not because of ${String(because)}:\n${told}`;
}

/** Aborted by the first signal, so that nothing is left running. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      controller.abort();
    });
  }
  return controller.signal;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main(process.argv[2]).then(
  (isRight) => {
    process.exitCode = isRight ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  },
);
