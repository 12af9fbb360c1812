import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { startTaskApi, type TaskApi } from './server.js';

const EXAMPLE = 'examples/ten-lines.mjs';
const run = promisify(execFile);

describe('The package, installed in an empty project', () => {
  let api: TaskApi;
  let project: string;
  before(async () => {
    api = await startTaskApi();
    project = await mkdtemp(join(tmpdir(), 'task-api-client-project-'));
  });
  after(async () => {
    await api.stop();
    await rm(project, { recursive: true });
  });

  /** npm as it works in a project of its own, not as part of `npm test` here. */
  const npm = (...args: readonly string[]) => {
    const { PATH = '', HOME = '', npm_config_registry: registry } = process.env;
    const env = { PATH, HOME, ...(registry !== undefined && { npm_config_registry: registry }) };
    return run('npm', [...args, '--prefer-offline', '--no-audit'], { cwd: project, env });
  };

  it('runs the example of the README on this Node', async () => {
    await npm('pack', process.cwd());
    await npm('init', '--yes');
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    await npm('install', `task-api-client-${version}.tgz`);
    await copyFile(EXAMPLE, join(project, 'ten-lines.mjs'));

    const { stdout } = await run(process.execPath, ['ten-lines.mjs'], {
      cwd: project,
      env: { ...process.env, TASK_API_URL: api.url, TASK_API_TOKEN: await api.newToken() },
    });
    assert.match(stdout, /^Made [\da-f-]{36}\nBuy oat milk\n$/);
  });
});

describe('The example that is run here', () => {
  it('is the one of the README', async () => {
    assert.deepEqual(await examplesIn('README.md'), [await readFile(EXAMPLE, 'utf8')]);
  });
});

async function examplesIn(path: string): Promise<(string | undefined)[]> {
  const blocks = (await readFile(path, 'utf8')).matchAll(/^```js\n(.*?)^```/gms);
  return [...blocks].map(([, code]) => code).filter((code) => code?.includes('task-api-client'));
}
