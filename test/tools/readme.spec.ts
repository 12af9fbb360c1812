import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import manifest from '#package.json';
import { urlOf } from '../support/database/connection-url';
import { TestDatabase } from '../support/database/test-database';
import { bareEnvironment } from '../support/processes/bare-environment';
import { projectWithoutDotenv } from '../support/processes/command-line';
import { copyPreparedDataDir } from '../support/processes/prepared-data-dir';

const PAGES = ['README.md', 'docs/configuration.md'];
const SHELL = /^```sh\n([^]*?)^```$/gm;
const TEXTS = PAGES.map((page) => readFileSync(page, 'utf8'));
const COMMANDS = TEXTS.flatMap((text) => [...text.matchAll(SHELL)])
  .flatMap(([, block = '']) => block.trim().split('\n'))
  .map((line) => line.replace(/ +# .*$/, ''));

/** Commands that CI runs, and the line that does so. */
const RUN_BY_CI: Readonly<Record<string, readonly (readonly [file: string, line: string])[]>> = {
  'npm ci && npm start': [
    ['.github/workflows/ci.yml', '- run: npm ci\n      - name: npm start, a request, Ctrl-C'],
    ['.github/first-request.sh', '\nnpm start '],
  ],
  'npm ci && npm test': [['.ci/run', '\n      npm ci\n      npm test ']],
  'sh ops/compose/create-secrets.sh && docker compose up --build --wait': [
    ['.github/workflows/ci.yml', '- run: sh ops/compose/create-secrets.sh\n'],
    ['.github/workflows/ci.yml', '- run: docker compose up --wait'],
  ],
  'docker compose exec -T api node bin/task-api-cli.mjs token --sign --email you@example.com': [
    [
      '.github/compose-request.sh',
      'docker compose exec -T api node bin/task-api-cli.mjs token --sign --email you@example.com',
    ],
  ],
};
const STARTS = COMMANDS.filter(
  (command) => command.endsWith(' npm start') && !command.includes('&&'),
);

describe('the commands of the README', () => {
  it('are each run by a test or by CI', () => {
    expect(COMMANDS.length).toBeGreaterThan(5);
    expect(
      COMMANDS.filter((command) => !(command in RUN_BY_CI) && !STARTS.includes(command)),
    ).toEqual([]);
    expect(Object.keys(RUN_BY_CI).filter((command) => !COMMANDS.includes(command))).toEqual([]);
  });

  it.each(Object.entries(RUN_BY_CI))('are run by CI: %s', (_command, places) => {
    for (const [file, line] of places) expect(readFileSync(file, 'utf8')).toContain(line);
  });

  it('are scripts of package.json where npm runs them', () => {
    const [readme = ''] = TEXTS;
    const [, table = ''] = /^## Commands\n([^]*?)^## /m.exec(readme) ?? [];
    const scripts = [...table.matchAll(/^\| (`.*?) +\|/gm)]
      .flatMap(([, cell = '']) => [...cell.matchAll(/`(?:npm (?:run )?)?([\w:]+)(?: -- \w+)?`/g)])
      .map(([, script = '']) => script);

    expect(scripts.length).toBeGreaterThan(8);
    expect(scripts.filter((script) => !(script in manifest.scripts))).toEqual([]);
  });
});

describe('a start of the README', () => {
  let directory: string;
  let project: string;
  let database: TestDatabase;
  let server: ChildProcess | undefined;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'task-api-readme-'));
    project = projectWithoutDotenv();
    database = await TestDatabase.create();
  });
  afterEach(async () => {
    if (server?.pid !== undefined && server.exitCode === null) {
      const closed = once(server, 'close');
      process.kill(-server.pid, 'SIGTERM');
      await closed;
    }
    await database.drop();
    rmSync(project, { recursive: true });
    rmSync(directory, { recursive: true });
  });

  it.each(STARTS)('serves: %s', async (command) => {
    const url = urlOf(database.endpoint.owner);
    const banner = await started(command.replace(/postgresql:[^']+/, () => url));

    const [, origins] = /CORS_ORIGINS='([^']+)'/.exec(command) ?? [];
    const hasProvider = command.includes('AUTH_ISSUER');
    const [, workers] = /WORKERS=(\d+)/.exec(command) ?? [];
    expect(banner.includes('embedded PostgreSQL')).toBe(!command.includes('DATABASE_URL'));
    expect(/openid.provider/i.test(banner)).toBe(hasProvider);
    if (workers !== undefined) expect(banner).toContain(`${workers} processes`);
    if (origins === undefined) return;
    const [, address = ''] = /^ {2}Health +(\S+)$/m.exec(banner) ?? [];
    const { headers } = await fetch(address, { headers: { Origin: origins } });
    expect(headers.get('access-control-allow-origin')).toBe(origins);
  });

  /** Runs the command as a shell does, and gives what it has printed when it serves. */
  async function started(command: string): Promise<string> {
    const dataDir = join(directory, 'data');
    copyPreparedDataDir(dataDir);
    const child = spawn('sh', ['-c', command], {
      cwd: project,
      env: { ...bareEnvironment(), PORT: '0', HOST: '127.0.0.1', DATA_DIR: dataDir },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    server = child;
    let printed = '';
    for (const output of [child.stdout, child.stderr]) {
      output.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    }
    // For people, and for machines in production.
    while (!/^curl |"msg":"ready"/m.test(printed)) {
      if (child.exitCode !== null) throw new Error(`It ended:\n${printed}`);
      await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
    }
    return printed;
  }
});
