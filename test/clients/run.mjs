/**
 * Makes a client of openapi.json with one generator, and runs it against the built server: create,
 * list to the end, get, PATCH, PUT and POST of what GET gave, toggle, a 412, a problem.
 *
 *   node run.mjs              names them
 *   node run.mjs NAME         tries one; ends with 75, and says why, if the machine lacks what it needs
 */
import { spawnSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBuiltServer } from '../../scripts/built-server.mjs';
import { GENERATORS, Missing } from './generators.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(dirname(HERE));
/** EX_TEMPFAIL, as in .ci/run. */
const NOT_HERE = 75;

const [name] = process.argv.slice(2);
if (name === undefined) {
  console.log(Object.keys(GENERATORS).join('\n'));
} else {
  const generator = GENERATORS[name];
  if (generator === undefined) throw new Error(`There is no generator ${name}.`);
  // Below this folder, whose packages the programs import.
  mkdirSync(join(HERE, '.generated'), { recursive: true });
  const directory = mkdtempSync(join(HERE, '.generated', `${name}-`));
  try {
    await withServer((api) => generator({ api, directory, execute, copy, ROOT, HERE }));
    console.log(`${name}: passed`);
  } catch (error) {
    console.log(error.message);
    process.exitCode = error instanceof Missing ? NOT_HERE : 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Its output goes to a file: a program that exits at once loses what a full pipe does not take, as
 * httpyac does.
 * @throws Error when the command ends with another status than 0
 */
function execute(command, args, { cwd = HERE, env = {} } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'task-api-output-'));
  const file = join(directory, 'stdout');
  const output = openSync(file, 'w');
  try {
    const { status, error } = spawnSync(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', output, 'inherit'],
    });
    const stdout = readFileSync(file, 'utf8');
    process.stdout.write(stdout.slice(-20_000));
    if (status !== 0) throw error ?? new Error(`${command} ${args[0]} ended with ${status}.`);
    return stdout;
  } finally {
    closeSync(output);
    rmSync(directory, { recursive: true });
  }
}

function copy(program, directory) {
  cpSync(join(HERE, 'programs', program), join(directory, program), { recursive: true });
}

async function withServer(use) {
  const home = mkdtempSync(join(tmpdir(), 'task-api-clients-'));
  const { server, exited, url: listening } = startBuiltServer(home, { RATE_LIMIT: '0' });
  try {
    const url = await listening;
    const answer = await fetch(`${url}/api/dev/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'clients@example.com' }),
    });
    const { access_token: token } = await answer.json();
    await use({ url, token });
  } finally {
    server.kill('SIGTERM');
    await exited;
    rmSync(home, { recursive: true, force: true });
  }
}
