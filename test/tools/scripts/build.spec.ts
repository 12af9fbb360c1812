import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile, type ExecException } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bareEnvironment } from '../../support/processes/bare-environment';

const ROOT = process.cwd();

describe('the build', () => {
  let project: string;

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'task-api-build-'));
    for (const path of ['bin', 'scripts', '.swcrc', 'package.json']) {
      cpSync(join(ROOT, path), join(project, path), { recursive: true });
    }
    mkdirSync(join(project, 'node_modules'));
    for (const name of ['@swc', 'pg']) {
      symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
    }
    mkdirSync(join(project, 'src', 'tasks'), { recursive: true });
    mkdirSync(join(project, 'migrations'));
    write('src/main.ts', `import { answer } from './tasks/answer';\nconsole.log(answer);\n`);
    write('src/tasks/answer.ts', `export const answer: number = 42;\n`);
    write('migrations/index.ts', `export const migrations = [];\n`);
    write('ormconfig.ts', `export default {};\n`);
  });

  afterEach(() => rmSync(project, { recursive: true, force: true }));

  function write(path: string, text: string): void {
    writeFileSync(join(project, path), text);
  }

  function run(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
    return new Promise((resolve) => {
      const done = (error: ExecException | null, stdout: string, stderr: string): void => {
        resolve({ code: error?.code ?? 0, stdout, stderr });
      };
      execFile(process.execPath, args, { cwd: project, env: bareEnvironment() }, done);
    });
  }

  const build = (...args: string[]) => run('scripts/build.mjs', ...args);
  const start = () => run('bin/task-api.mjs');
  const builtAt = () => statSync(join(project, 'dist', '.built-from'), { bigint: true }).ctimeNs;

  it('keeps the paths of the sources', async () => {
    expect(await build()).toMatchObject({ code: 0 });
    for (const path of ['src/main.js', 'src/tasks/answer.js', 'migrations/index.js']) {
      expect(existsSync(join(project, 'dist', path))).toBe(true);
    }
    expect(existsSync(join(project, 'dist', 'ormconfig.js'))).toBe(true);
  });

  it('maps the output to the sources by relative paths', async () => {
    await build();
    const map = readFileSync(join(project, 'dist/src/tasks/answer.js.map'), 'utf8');
    expect(JSON.parse(map)).toMatchObject({ sources: ['../../../src/tasks/answer.ts'] });
  });

  it('makes stack traces name the sources', async () => {
    write('src/main.ts', `interface Nothing {}\nthrow new Error('lost');\n`);
    expect((await start()).stderr).toContain(join(project, 'src/main.ts:2:7'));
  });

  it('happens by itself at the first start, and not again', async () => {
    expect(await start()).toMatchObject({
      code: 0,
      stdout: '42\n',
      stderr: expect.stringMatching(/^Compiled/),
    });
    const first = builtAt();
    expect(await start()).toEqual({ code: 0, stdout: '42\n', stderr: '' });
    expect(builtAt()).toBe(first);
  });

  it('happens again when a source has changed, even to one with an older time', async () => {
    await build();
    const { atime, mtime } = statSync(join(project, 'src/tasks/answer.ts'));
    write('src/tasks/answer.ts', `export const answer: number = 43;\n`);
    utimesSync(join(project, 'src/tasks/answer.ts'), atime, mtime);
    expect(await start()).toMatchObject({ stdout: '43\n' });
  });

  it('drops what deleted and renamed sources had left', async () => {
    await build();
    renameSync(join(project, 'src/tasks/answer.ts'), join(project, 'src/tasks/reply.ts'));
    write('src/main.ts', `import { answer } from './tasks/reply';\nconsole.log(answer);\n`);
    expect(await start()).toMatchObject({ stdout: '42\n' });
    expect(readdirSync(join(project, 'dist/src/tasks')).sort()).toEqual([
      'reply.js',
      'reply.js.map',
    ]);
  });

  it('leaves the old output in place when a source does not compile, and says where', async () => {
    await build();
    write('src/tasks/answer.ts', `export const answer: = 43;\n`);
    const { code, stderr } = await build();
    expect(code).toBe(1);
    expect(stderr).toContain('answer.ts:1');
    expect(stderr).not.toContain('backtrace');
    expect((await run('dist/src/main.js')).stdout).toBe('42\n');
    expect(readdirSync(project).filter((name) => name.startsWith('.dist-'))).toEqual([]);
  });

  it('is safe to run several times at once', async () => {
    const starts = await Promise.all([start(), start(), start(), start()]);
    for (const result of starts) expect(result).toMatchObject({ code: 0, stdout: '42\n' });
    expect(readdirSync(project).filter((name) => name.startsWith('.dist-'))).toEqual([]);
  });

  describe('without a compiler', () => {
    const ADVICE = /@swc\/core does not load \(.+\)\. Run npm ci --include=optional/;

    it('takes what is current, and says nothing', async () => {
      await build();
      rmSync(join(project, 'node_modules', '@swc'));

      expect(await build('--if-stale')).toEqual({ code: 0, stdout: '', stderr: '' });
      expect(await start()).toEqual({ code: 0, stdout: '42\n', stderr: '' });
    });

    it('starts what other sources were built into, and says so', async () => {
      await build();
      rmSync(join(project, 'node_modules', '@swc'));
      write('src/tasks/answer.ts', `export const answer: number = 43;\n`);

      const started = await start();

      expect(started).toMatchObject({ code: 0, stdout: '42\n' });
      expect(started.stderr).toMatch(/^dist\/ was not built from these sources/);
      expect(started.stderr).toMatch(ADVICE);
    });

    it.each([
      ['is not installed', () => rmSync(join(project, 'node_modules', '@swc'))],
      ['has no binary for this machine', () => installCompilerWithoutBinary()],
    ])('fails where it has to build and the compiler %s', async (_, take) => {
      take();

      for (const tried of [await build('--if-stale'), await build(), await start()]) {
        expect(tried).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(ADVICE) });
        expect(tried.stderr.trimEnd()).not.toContain('\n');
      }
    });

    /** As `npm ci --omit=optional` does. */
    function installCompilerWithoutBinary(): void {
      rmSync(join(project, 'node_modules', '@swc'));
      for (const name of ['core', 'counter', 'types']) {
        const path = join('node_modules', '@swc', name);
        cpSync(join(ROOT, path), join(project, path), { recursive: true });
      }
    }
  });

  it('starts what is built where the sources are not there', async () => {
    await build();
    for (const path of ['src', 'migrations', 'ormconfig.ts', '.swcrc', 'scripts']) {
      rmSync(join(project, path), { recursive: true });
    }
    expect(await start()).toEqual({ code: 0, stdout: '42\n', stderr: '' });
  });
});
