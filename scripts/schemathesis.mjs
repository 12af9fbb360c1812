/**
 * `npm run test:schemathesis`: Schemathesis reads the document that the built server serves, and
 * tries whatever follows from it: examples, boundaries, random and broken requests, and chains of
 * operations. Every check is on. It comes from PyPI, into an environment of its own:
 *
 *   node scripts/schemathesis.mjs --install DIR   makes that environment, or says why it cannot
 *   node scripts/schemathesis.mjs --from DIR      runs from it
 *   node scripts/schemathesis.mjs                 makes one, runs from it, removes it
 *
 * --examples N tries at most N examples of each operation (100); `.ci/run --all` tries 1,000. What
 * follows `--` goes to Schemathesis.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startBuiltServer } from './built-server.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const REQUIREMENTS = join(ROOT, 'scripts', 'schemathesis-requirements.txt');
const CONFIGURATION = join(ROOT, 'scripts', 'schemathesis.toml');

const { values: options, positionals: extra } = parseArgs({
  options: {
    install: { type: 'string' },
    from: { type: 'string' },
    examples: { type: 'string', default: '100' },
  },
  allowPositionals: true,
});

const directory = mkdtempSync(join(tmpdir(), 'task-api-schemathesis-'));
try {
  if (options.install !== undefined) {
    install(options.install);
  } else {
    const environment = options.from ?? join(directory, 'venv');
    if (options.from === undefined) install(environment);
    process.exitCode = await tryServer(environment);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** @throws Error where there is no Python 3.10 with venv, or no PyPI */
function install(environment) {
  execute('python3', ['-m', 'venv', environment]);
  execute(join(environment, 'bin', 'python'), [
    ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'],
    ...['--retries', '1', '--timeout', '15'],
    ...['--requirement', REQUIREMENTS],
  ]);
}

function execute(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) throw error ?? new Error(`${command} ended with ${status}.`);
}

/** @returns {Promise<number>} Schemathesis's exit code: 0 if it found nothing */
async function tryServer(environment) {
  const secret = randomBytes(48).toString('base64');
  const { server, exited, url } = startBuiltServer(directory, {
    AUTH_SECRET: secret,
    RATE_LIMIT: '0',
  });
  // Schemathesis ends by itself when the server is gone.
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.on(signal, () => server.kill());
  try {
    const schemathesis = spawn(
      join(environment, 'bin', 'schemathesis'),
      [
        ...['--config-file', CONFIGURATION, 'run', `${await url}/openapi.json`],
        ...['--checks', 'all', '--phases', 'examples,coverage,fuzzing,stateful'],
        ...['--max-examples', options.examples],
        ...['--workers', '1', '--continue-on-failure', '--generation-database', 'none'],
        ...extra,
      ],
      {
        cwd: directory,
        env: {
          ...process.env,
          PYTHONPATH: join(ROOT, 'scripts'),
          PYTHONDONTWRITEBYTECODE: '1',
          SCHEMATHESIS_HOOKS: 'schemathesis_hooks',
          TASK_API_TOKEN: tokenFor(randomUUID(), secret),
        },
        stdio: 'inherit',
      },
    );
    const [status] = await once(schemathesis, 'exit');
    return status ?? 1;
  } finally {
    server.kill('SIGTERM');
    await exited;
  }
}

function tokenFor(sub, secret) {
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const content = `${encode({ alg: 'HS256' })}.${encode({ sub, iat: now, exp: now + 86_400 })}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}
