import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ComparisonResults } from '../../../bench/results';

const ROOT = join(__dirname, '..', '..', '..');
const TYPESCRIPT = join(ROOT, 'test', 'support', 'typescript-hook.cjs');

/** Starts PostgreSQL, seeds and starts servers. */
const LIMIT_MS = 180_000;

function bench(...args: string[]): Promise<{ code: number | null; output: string }> {
  return benchWith({}, ...args);
}

function benchWith(
  env: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<{ code: number | null; output: string }> {
  const child = spawn(
    process.execPath,
    ['--require', TYPESCRIPT, join(ROOT, 'bench', 'bench.ts'), ...args],
    { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

describe('the benchmark', () => {
  let directory: string;
  let peer: Server | undefined;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'task-api-bench-test-'));
  });

  afterEach(() => {
    peer?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it(
    'verifies and measures this API and others, and writes results and a chart',
    async () => {
      const out = join(directory, 'results');
      const selection = ['--routes', 'get,delete', '--contestants', 'task-api,raw,go'];
      const { code, output } = await bench(
        '--quick',
        ...selection,
        ...['--checkout', `again=${ROOT}`, '--generator', 'autocannon', '--out', out],
      );
      expect(code === 0 ? '' : output).toBe('');
      expect(output).toContain('against raw');
      expect(output).toContain('against again');

      const results = JSON.parse(readFileSync(`${out}.json`, 'utf8')) as ComparisonResults;
      const servers = output.includes('skipping go:') ? 3 : 4;
      expect(results.closedLoop).toHaveLength(2 * servers);
      for (const { requests, failures } of [...results.closedLoop, ...results.openLoop]) {
        expect(requests).toBeGreaterThan(0);
        expect(failures).toBe(0);
      }
      expect(readFileSync(`${out}.svg`, 'utf8')).toMatch(/^<svg [^]*GET one[^]*<\/svg>\s*$/);
    },
    LIMIT_MS,
  );

  it(
    'fails, and says where, when a server answers something else',
    async () => {
      peer = createServer((_, response) => response.end('{"id":1}'));
      await new Promise((resolve) => peer?.listen(0, '127.0.0.1', () => resolve(undefined)));
      const { port } = peer.address() as AddressInfo;
      const { code, output } = await benchWith(
        // Without Go, and with what PostgreSQL needs.
        { PATH: directory },
        ...['--quick', '--contestants', 'pgbench,go', '--routes', 'get'],
        ...['--peer', `liar=http://127.0.0.1:${port}`],
      );
      expect(code).toBe(1);
      expect(output).toContain('skipping go: Error: spawnSync go ENOENT');
      expect(output).toContain('WrongAnswerError: liar: GET one is [200,');
    },
    LIMIT_MS,
  );

  it(
    'reports the cost of layer 3 on each side',
    async () => {
      const { code, output } = await bench('rls', '--quick');
      expect(code === 0 ? '' : output).toBe('');
      for (const route of ['get', 'complete']) {
        for (const side of ['Node', 'PostgreSQL'])
          expect(output).toContain(`${route}: µs ${side} `);
      }
    },
    LIMIT_MS,
  );

  it(
    'reports a quiet user beside a hostile one',
    async () => {
      const { code, output } = await bench('fairness', '--quick');
      expect(code === 0 ? '' : output).toBe('');
      for (const operation of ['list', 'search', 'delete', 'erase account']) {
        const rows = output.split('\n').filter((line) => line.includes(`: ${operation} `));
        expect(rows).toHaveLength(7);
        for (const row of rows) expect(row).toMatch(/ [\d.]+ × .* \d+$/);
      }
    },
    LIMIT_MS,
  );

  it(
    'reports servers whose database is some way off, at least as late as that is',
    async () => {
      const { code, output } = await bench('distance', '--quick', '--routes', 'get');
      expect(code === 0 ? '' : output).toBe('');
      for (const distance of [1, 5, 25]) {
        for (const server of ['task-api', 'usual']) {
          const row = new RegExp(
            `^${distance} ms +GET one +${server} +[\\d,]+ +([\\d.]+) .* 0$`,
            'm',
          );
          expect(Number(row.exec(output)?.[1])).toBeGreaterThanOrEqual(2 * distance);
        }
      }
    },
    LIMIT_MS,
  );

  it('explains itself when it is called wrongly', async () => {
    const { code, output } = await bench('--routes', 'teapot');
    expect(code).toBe(1);
    expect(output).toContain('--routes teapot: expected get, list-20');
    expect(output).toContain('npm run bench --');
  });
});
