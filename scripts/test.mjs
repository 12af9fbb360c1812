/**
 * Runs Jest on projects: `node scripts/test.mjs unit,e2e [pattern or option of Jest…]`. Jest itself
 * would take a pattern behind `--selectProjects` for the name of one more project.
 */
import { spawn } from 'node:child_process';
import './development-installed.mjs';

if (process.exitCode !== undefined) process.exit();

const [projects = '', ...options] = process.argv.slice(2);
const jest = [
  'node_modules/jest/bin/jest.js',
  ...options,
  '--selectProjects',
  ...projects.split(','),
];
const child = spawn(process.execPath, jest, { stdio: 'inherit' });
// A terminal sends its signals to Jest as well, which then reports and cleans up.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
