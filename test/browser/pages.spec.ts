import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../support/processes/browser';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';

const PICTURES = join(__dirname, '..', '..', 'artifacts');
const skipped = process.env['SKIP_BROWSER_TESTS'] === '1';

jest.setTimeout(120_000);

(skipped ? describe.skip : describe)('the pages for people in a browser', () => {
  const faults: string[] = [];
  let home: ServerHome;
  let server: BuiltServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    home = await ServerHome.create();
    server = await home.start();
    browser = await launchBrowser();
    page = await browser.newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('response', (response) => {
      if (!response.ok()) faults.push(response.url());
    });
  });
  afterAll(async () => {
    await browser.close();
    await home.remove();
  });

  const views = ['/', '/problems', '/problems/precondition-failed'].flatMap((path) =>
    [1280, 390].map((width) => ({ path, width })),
  );

  it.each(views)('$path fits a screen of $width px', async ({ path, width }) => {
    await page.setViewportSize({ width, height: 844 });
    await page.goto(server.url + path);
    await page.screenshot({
      path: join(PICTURES, `page${path.replaceAll('/', '-')}-${width}.png`),
    });

    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(faults).toEqual([]);
  });

  it('has the letters and colours of /docs on every page', async () => {
    await page.setViewportSize({ width: 1280, height: 844 });
    await page.goto(`${server.url}/docs`);
    await page.locator('.info .title').waitFor();
    const docs = await look('.swagger-ui .info .title', '.swagger-ui .info a');

    await page.goto(`${server.url}/problems`);
    expect(await look('h1', 'a')).toEqual(docs);
    await page.goto(server.url);
    expect(await look('h1', 'a')).toEqual(docs);
  });

  async function look(title: string, link: string): Promise<unknown> {
    return {
      title: await styleOf(title, ['fontFamily', 'fontSize', 'fontWeight', 'color']),
      link: await styleOf(link, ['color']),
    };
  }

  function styleOf(selector: string, properties: readonly string[]): Promise<unknown> {
    const script = `(({ ${properties.join()} }) => ({ ${properties.join()} }))(getComputedStyle(document.querySelector('${selector}')))`;
    return page.evaluate(script);
  }
});
