import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile, type ExecException } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const SCRIPT = resolve('scripts/audit.mjs');
const VULNERABLE = 'leaky';
const INTEGRITY = `sha512-${Buffer.alloc(64).toString('base64')}`;

/** Settings of a user, each of which changes what npm asks, answers or writes. */
const USER_SETTINGS = `
update-notifier=true
audit=false
audit-level=none
color=always
global=true
include[]=dev
json=false
loglevel=silent
offline=true
omit[]=optional
package-lock=false
`;

/** Real npm, in a project with one dependency, against a registry of ours. */
describe('the audit', () => {
  let project: string;
  let registry: Server | undefined;

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'task-api-audit-'));
    const dependencies = { [VULNERABLE]: '1.0.0' };
    const root = { name: 'project', version: '1.0.0', dependencies };
    write('package.json', root);
    write('package-lock.json', {
      ...root,
      lockfileVersion: 3,
      packages: {
        '': root,
        [`node_modules/${VULNERABLE}`]: { version: '1.0.0', integrity: INTEGRITY },
      },
    });
    writeFileSync(join(project, 'user.npmrc'), USER_SETTINGS);
  });
  afterEach(() => {
    registry?.closeAllConnections();
    registry?.close();
    rmSync(project, { recursive: true, force: true });
  });

  function write(name: string, content: object): void {
    writeFileSync(join(project, name), JSON.stringify(content));
  }

  async function audit(question: string, answer: RequestListener) {
    registry = createServer(answer).listen(0, '127.0.0.1');
    await once(registry, 'listening');
    return ask(question, `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`);
  }

  function ask(question: string, url: string): Promise<{ code: unknown; stdout: string }> {
    // npm asks no update notifier where CI is set.
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(npm_config_.*|ci)$/i.test(name),
    );
    const env = {
      ...Object.fromEntries(inherited),
      npm_config_registry: url,
      npm_config_cache: join(project, '.npm'),
      npm_config_userconfig: join(project, 'user.npmrc'),
      npm_config_globalconfig: join(project, 'none.npmrc'),
      npm_config_noproxy: '127.0.0.1',
    };
    return new Promise((settle) => {
      const done = (error: ExecException | null, stdout: string): void => {
        settle({ code: error?.code ?? 0, stdout });
      };
      execFile(process.execPath, [SCRIPT, question], { cwd: project, env }, done);
    });
  }

  /** The registry's answer to "what is known about these packages?" */
  const advisories =
    (severity?: string): RequestListener =>
    (request, response) => {
      const known = { id: 1, url: 'https://example.com/1', title: 'It leaks', severity };
      const advisory = { ...known, vulnerable_versions: '<2.0.0', cwe: [], cvss: { score: 9 } };
      const found = severity === undefined ? {} : { [VULNERABLE]: [advisory] };
      const isAsked = request.url === '/-/npm/v1/security/advisories/bulk';
      const answer = isAsked ? found : { name: VULNERABLE, versions: { '1.0.0': {} } };
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer));
    };

  it.each(['high', 'critical'])('fails where a %s vulnerability is known', async (severity) => {
    expect(await audit('advisories', advisories(severity))).toEqual({
      code: 1,
      stdout: `vulnerable: ${VULNERABLE} (${severity})\n`,
    });
  });

  it('tells of a lesser one, and passes', async () => {
    expect(await audit('advisories', advisories('moderate'))).toEqual({
      code: 0,
      stdout: `vulnerable: ${VULNERABLE} (moderate)\n`,
    });
  });

  it('passes where none is known', async () => {
    expect(await audit('advisories', advisories())).toEqual({
      code: 0,
      stdout: 'no known vulnerability\n',
    });
  });

  it('says that it could not ask a mirror that has no answer', async () => {
    const { code, stdout } = await audit('advisories', (_, response) => {
      response.writeHead(405).end();
    });
    expect({ code, stdout }).toEqual({
      code: 75,
      stdout: expect.stringMatching(/^the registry was not asked: 405 Method Not Allowed/),
    });
  });

  it('fails where npm does for another reason', async () => {
    const answer = await audit('advisories', (request, response) => {
      if (request.url === '/-/npm/v1/security/advisories/bulk')
        advisories('high')(request, response);
      else response.setHeader('Content-Type', 'application/json').end('{}');
    });
    expect(answer).toEqual({ code: 1, stdout: expect.stringMatching(/^npm failed: /) });
  });

  it('says so where nobody answers', async () => {
    expect(await ask('advisories', 'http://127.0.0.1:1/')).toEqual({
      code: 75,
      stdout: expect.stringMatching(/^the registry was not asked: .*ECONNREFUSED/),
    });
  });
});
