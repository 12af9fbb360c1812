/**
 * Runs Jest on projects: `node scripts/test.mjs unit,e2e [pattern or option of Jest…]`. Jest itself
 * would take a pattern behind `--selectProjects` for the name of one more project.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import './development-installed.mjs';
import { testDirectory } from './test-directory.mjs';

if (process.exitCode !== undefined) process.exit();

const [projects = '', ...options] = process.argv.slice(2);
const jest = [
  'node_modules/jest/bin/jest.js',
  ...options,
  '--selectProjects',
  ...projects.split(','),
];
// The faults limit memory and fill disks.
const parent = projects.includes('faults') ? tmpdir() : testDirectory();
const directory = mkdtempSync(join(parent, 'task-api-tests-'));
// Open like /tmp: some tests run PostgreSQL as another user.
chmodSync(directory, 0o1777);
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
/** What tests left there, but for the caches of their tools. */
function left() {
  return readdirSync(directory).filter((name) => !/^(?:jest|node-|swc)/.test(name));
}

const child = spawn(process.execPath, jest, {
  stdio: 'inherit',
  env: { ...process.env, TMPDIR: directory },
});
// A terminal sends its signals to Jest as well, which then reports and cleans up.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  if (code !== 0 || left().length === 0) process.exit(code ?? 1);
  console.error(`The tests left in the temporary directory: ${left().join(', ')}`);
  process.exit(1);
});
