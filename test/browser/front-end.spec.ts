import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../support/processes/browser';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';

const PACKAGES = join(__dirname, '..', '..', 'node_modules');
/** What a bundler would resolve. */
const MODULES: Readonly<Record<string, string>> = {
  'oidc-client-ts': 'oidc-client-ts/dist/esm/oidc-client-ts.js',
  'jwt-decode': 'jwt-decode/build/esm/index.js',
};
const IMPORTS = Object.fromEntries(Object.keys(MODULES).map((name) => [name, `/modules/${name}`]));
const skipped = process.env['SKIP_BROWSER_TESTS'] === '1';

jest.setTimeout(120_000);

/** A front end of the documentation, with the addresses of this test. */
function frontEnd(part: string, addresses: Readonly<Record<string, string>>): string {
  const text = ['README.md', 'docs/identity.md'].map((path) => readFileSync(path, 'utf8')).join('');
  const blocks = [...text.matchAll(/^```js\n([^]*?)^```/gm)];
  const script = blocks.map(([, code = '']) => code).find((code) => code.includes(part));
  return Object.entries(addresses).reduce(
    (code, [shown, address]) => code.replaceAll(shown, address),
    String(script),
  );
}

(skipped ? describe.skip : describe)('the front ends of the documentation in a browser', () => {
  let home: ServerHome;
  let developmentHome: ServerHome | undefined;
  let api: BuiltServer;
  let provider: ChildProcess;
  let pages: Server;
  let browser: Browser;
  let page: Page;
  let origin: string;
  let script = '';

  beforeAll(async () => {
    pages = createServer((request, response) => {
      const file = MODULES[request.url?.split('/modules/')[1] ?? ''];
      response.setHeader('Content-Type', file === undefined ? 'text/html' : 'text/javascript');
      response.end(
        file === undefined
          ? `<!doctype html><script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script><body><script type="module">${script}</script>`
          : readFileSync(join(PACKAGES, file)),
      );
    }).listen(0, '127.0.0.1');
    await once(pages, 'listening');
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;

    provider = fork(join(__dirname, '../support/http/sign-in-provider.mjs'), { silent: true });
    provider.send({ clientId: 'my-front-end', redirectUri: `${origin}/` });
    const [issuer] = (await once(provider, 'message')) as [string];

    home = await ServerHome.create();
    api = await home.start({
      CORS_ORIGINS: origin,
      AUTH_ISSUER: issuer,
      AUTH_AUDIENCE: 'https://tasks.example.com/',
    });
    script = frontEnd('UserManager', {
      'https://login.example.com/': issuer,
      'https://tasks.example.com/api': `${api.url}/api`,
    });
    browser = await launchBrowser();
    page = await browser.newPage();
  });
  afterAll(async () => {
    await browser.close();
    await home.remove();
    await developmentHome?.remove();
    provider.disconnect();
    pages.close();
  });

  it('signs the user in at the provider', async () => {
    await page.goto(origin);
    await page.getByPlaceholder('Enter any login').fill('ada');
    await page.getByPlaceholder('and password').fill('secret');
    await page.getByRole('button', { name: 'Sign-in' }).click();
    const listed = page.waitForResponse(`${api.url}/api/me/tasks`);
    await page.getByRole('button', { name: 'Continue' }).click();

    expect((await listed).status()).toBe(200);
    expect(page.url()).toBe(`${origin}/`);
  });

  it("shows the user's tasks from another origin", async () => {
    const stored = await page.evaluate(
      () =>
        Object.values(sessionStorage).find((value) =>
          String(value).includes('access_token'),
        ) as string,
    );
    const { access_token: token } = JSON.parse(stored) as { access_token: string };
    await fetch(`${api.url}/api/me/tasks`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: '{"title":"Buy oat milk"}',
    });
    await page.reload();

    await page.getByText('Buy oat milk').waitFor();
  });

  it('signs in at the server itself in development, without CORS_ORIGINS', async () => {
    developmentHome = await ServerHome.create();
    const { url } = await developmentHome.start();
    script = frontEnd('/api/dev/token', { 'http://127.0.0.1:3000': url });
    await page.goto(`${origin}/development`);

    await page.getByText('0 tasks').waitFor();
  });
});
