/**
 * Starts a program of dist/ on the bundled Node, else on the one that runs this file
 * (docs/decisions/0001-node-26-by-platform-package.md). Static imports are of modules that every
 * Node since 14 has, so that an old one still gets to say what it lacks.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundledNode } from './bundled-node.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const SOURCE_MAPS = ['--require', join(ROOT, 'bin', 'source-maps.cjs')];
const COMPILE_CACHE = ['--require', join(ROOT, 'bin', 'compile-cache.cjs')];
const STOP_WITH_PARENT = ['--require', join(ROOT, 'bin', 'stop-with-parent.cjs')];

/** Signals that end a server. The terminal's own (SIGTSTP, SIGWINCH) stay with the launcher. */
const ENDING_SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'];

/**
 * @param {string} program path of a compiled file, relative to dist/
 * @param {{ keepCode?: boolean }} options keepCode: for a program that ends soon (compile-cache.cjs)
 */
export async function launch(program, { keepCode = false } = {}) {
  // Nest 12 consists of ES modules, which the compiled CommonJS loads through require().
  if (!process.features.require_module) {
    fail(`Task API needs Node 20.19, 22.13 or newer; this is ${process.version}.`);
  }
  if (!arePackagesInstalled()) {
    fail(`The packages that the Task API needs are not installed: run npm ci in ${ROOT}`);
  }
  const file = join(ROOT, 'dist', program);
  await buildIfStale(file);
  if (!existsSync(file)) fail(`${file} does not exist: install the release again, with its dist/.`);

  const node = bundledNode() ?? process.execPath;
  const preloads = [...(keepCode ? COMPILE_CACHE : []), ...SOURCE_MAPS];
  const args = [...preloads, file, ...process.argv.slice(2)];
  // npm passes a SIGTERM on to the shell of its script, which dies of it silently.
  const parent = process.env.npm_lifecycle_event === undefined ? undefined : process.ppid;
  if (typeof process.execve === 'function' && process.platform !== 'win32') {
    become(node, args, parent);
  }
  await supervise(node, args, parent);
}

/** By one of them: npm installs all or none. */
function arePackagesInstalled() {
  if (!existsSync(join(ROOT, 'package.json'))) return true;
  try {
    createRequire(import.meta.url).resolve('pg');
    return true;
  } catch {
    return false;
  }
}

/**
 * Brings dist/ up to date in a checkout. An image has no scripts/ and runs what it has. So does a
 * server from which the compiler was removed after the build, but it says that its sources differ.
 */
async function buildIfStale(file) {
  const builder = new URL('../scripts/dist.mjs', import.meta.url);
  if (!existsSync(builder)) return;
  const { buildIfStale, NO_COMPILER } = await import(builder);
  try {
    await buildIfStale();
  } catch (error) {
    if (error.code !== NO_COMPILER || !existsSync(file)) fail(error.message);
    console.error(`dist/ was not built from these sources, and starts as it is. ${error.message}`);
  }
}

/** This process becomes the program, so signals, exit code and kill -9 need no care. */
function become(node, args, parent) {
  if (parent === undefined) process.execve(node, [node, ...args], process.env);
  process.execve(node, [node, ...STOP_WITH_PARENT, ...args], withParent(parent));
}

/**
 * For Node without execve (before 22.15, and on Windows): the program is a child process, tied to
 * this one in both directions.
 */
async function supervise(node, args, parent) {
  const onWindows = process.platform === 'win32';
  // First: between the two, a signal would end this process alone. It is handled after both.
  for (const signal of ENDING_SIGNALS) {
    process.on(signal, () => {
      if (!onWindows) child.kill(signal);
    });
  }
  const child = spawn(node, [...STOP_WITH_PARENT, ...args], {
    stdio: 'inherit',
    env: withParent(process.pid),
    // A session of its own, so that the terminal's Ctrl-C comes here alone and the child gets it
    // once, from us. Windows has no sessions: there the console itself signals both.
    detached: !onWindows,
  });
  child.on('error', (error) => fail(`${node} does not start: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
  if (parent !== undefined) {
    process.env.TASK_API_PARENT_PID = String(parent);
    await import('./stop-with-parent.cjs');
  }
}

function withParent(pid) {
  return { ...process.env, TASK_API_PARENT_PID: String(pid) };
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
