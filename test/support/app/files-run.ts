import { readFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROUNDS = 3;

/**
 * The files of src in which a function runs each time that this process does `work`. What a timer
 * starts runs in one round by chance, and not in all.
 */
export async function filesRun(work: () => Promise<void>): Promise<readonly string[]> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  const rounds: (readonly string[])[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    // Each take sets the counts to zero.
    await session.post('Profiler.takePreciseCoverage');
    await work();
    const { result } = await session.post('Profiler.takePreciseCoverage');
    rounds.push(result.filter(hasRun).map(({ url }) => sourcePath(url)));
  }
  session.disconnect();
  const [first = [], ...others] = rounds;
  return first.filter((path) => others.every((paths) => paths.includes(path))).sort();
}

function hasRun({ url, functions }: Profiler.ScriptCoverage): boolean {
  if (!/^src\/.*\.ts$/.test(sourcePath(url))) return false;
  const run = functions.filter(({ ranges: [whole] }) => whole !== undefined && whole.count > 0);
  const source = readFileSync(sourcePath(url), 'utf8');
  return run.some(({ functionName }) => !isExport(functionName, source));
}

/** The compiler makes a getter of each exported name: whoever reads a constant calls one. */
function isExport(functionName: string, source: string): boolean {
  return functionName.startsWith('get ') && !source.includes(`${functionName}(`);
}

function sourcePath(url: string): string {
  return relative(process.cwd(), url.startsWith('file:') ? fileURLToPath(url) : url);
}
