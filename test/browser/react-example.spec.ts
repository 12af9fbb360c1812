import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Browser, Locator, Page, Response as Answer, Route } from 'playwright-core';
import { bareEnvironment } from '../support/processes/bare-environment';
import { launchBrowser } from '../support/processes/browser';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';
import { describeWith } from '../support/requirements';

const ROOT = join(__dirname, '..', '..');
const EXAMPLE = join(ROOT, 'examples', 'react');
const VITE = join(EXAMPLE, 'node_modules', 'vite', 'bin', 'vite.js');
const PICTURES = join(ROOT, 'artifacts');

const skipped = process.env['SKIP_BROWSER_TESTS'] === '1';

jest.setTimeout(120_000);

/** How the page reaches the API: the variable that says it, and the origin that the calls then have. */
const WAYS = [
  ["through Vite's proxy", 'TASK_API_URL'],
  ['directly, from another origin', 'VITE_TASK_API_URL'],
] as const;

(skipped ? describe.skip : describe).each(WAYS)('the example in React, %s', (_way, variable) =>
  describeWith('reactExample', 'in a browser', () => {
    const email = 'ada@example.com';
    const errors: string[] = [];
    const called = new Set<string>();
    let home: ServerHome;
    let api: BuiltServer;
    let vite: ChildProcess;
    let origin: string;
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      mkdirSync(PICTURES, { recursive: true });
      home = await ServerHome.create();
      api = await home.start();
      vite = spawn(process.execPath, [VITE, '--host', '127.0.0.1', '--port', '0'], {
        cwd: EXAMPLE,
        env: { ...bareEnvironment(), NO_COLOR: '1', [variable]: api.url },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      origin = await offered(vite);
      browser = await launchBrowser();
      // Tabs of one browser share a context.
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      page = await context.newPage();
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('request', (request) => {
        const { origin: target, pathname } = new URL(request.url());
        if (pathname.startsWith('/api/')) called.add(target);
      });
    });
    afterEach(() => expect(errors).toEqual([]));
    afterAll(async () => {
      await browser.close();
      vite.kill();
      await once(vite, 'close');
      await home.remove();
    });

    it('signs in, and calls the API there', async () => {
      await page.goto(origin);
      await page.getByLabel('Email').fill(email);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('There is no task yet.').waitFor();

      expect([...called]).toEqual([variable === 'TASK_API_URL' ? origin : api.url]);
    });

    it('creates a task with its fields', async () => {
      await page.getByLabel('Due').fill('2020-02-29');
      await page.getByLabel('Priority').selectOption('high');
      await page.getByLabel('Tags').fill('shopping, home');
      await create('Buy oat milk');

      expect(await task('Buy oat milk').locator('.marks > *').allInnerTexts()).toEqual([
        '!!!',
        '2020-02-29',
        'overdue',
        '#shopping',
        '#home',
      ]);
    });

    it("marks today's tasks by the clock of the browser", async () => {
      const today = await page.evaluate(() => {
        const now = new Date();
        return new Date(now.getTime() - now.getTimezoneOffset() * 60_000)
          .toISOString()
          .slice(0, 10);
      });
      await page.getByLabel('Due').fill(today);
      await create('Water the plants');

      expect(await task('Water the plants').locator('.today').count()).toBe(1);
    });

    it('completes a task', async () => {
      const answer = page.waitForResponse(isCompletion);
      await task('Buy oat milk').getByRole('checkbox').click();

      expect((await answer).status()).toBe(200);
      expect(await stored('Buy oat milk')).toMatchObject({ completed: true });
    });

    it('shows a change before the answer, and takes it back when somebody was faster', async () => {
      const title = 'Water the plants';
      const checkbox = task(title).getByRole('checkbox');
      const held = heldCompletion();

      await checkbox.click();
      const completion = await held;
      await changeElsewhere(title);
      await checkbox.and(page.locator(':checked')).waitFor();
      const answer = page.waitForResponse(isCompletion);
      await completion.continue();

      expect((await answer).status()).toBe(412);
      await page.getByRole('alert').getByText('If-Match').waitFor();
      await page.screenshot({ path: join(PICTURES, 'react-412.png') });
      await checkbox.and(page.locator(':not(:checked)')).waitFor();
      expect(await stored(title)).toMatchObject({ completed: false });
    });

    it('takes a change of a version back that was old before it could be sent', async () => {
      const title = 'Buy oat milk';
      // Nothing tells the page of the change.
      await page.route(/\/tasks\/(changes|events)/, (route) => route.abort());
      await page.reload();
      await task(title).waitFor();
      await changeElsewhere(title);

      await task(title).getByRole('checkbox').click();
      await page.getByRole('alert').getByText('changed elsewhere').waitFor();

      await task(title).locator(':checked').waitFor();
      expect(await stored(title)).toMatchObject({ completed: true });
      await page.unroute(/\/tasks\/(changes|events)/);
      await page.reload();
    });

    it('shows the next task of one that recurs as soon as it is completed', async () => {
      const title = 'Feed the cat';
      await page.getByLabel('Due').fill('2099-01-31');
      await page.getByLabel('Repeat').selectOption('monthly');
      await create(title);
      const marks = () => task(title).locator('.marks').allInnerTexts();
      expect(await marks()).toEqual([expect.stringMatching(/2099-01-31\s*monthly/)]);

      await task(title).getByRole('checkbox').click();
      await task(title).getByText('2099-03-31').waitFor();
      await task(title).getByText('2099-01-31').waitFor();

      expect((await marks()).filter((text) => text.includes('monthly'))).toEqual([
        expect.stringContaining('2099-03-31'),
      ]);
      expect(await task(title).and(page.locator(':has(:checked)')).count()).toBe(1);
      const { items } = (await request(`?q=${encodeURIComponent(title)}`, 'GET')) as {
        items: { id: string }[];
      };
      for (const { id } of items) await request(`/${id}`, 'DELETE');
      await task(title).first().waitFor({ state: 'detached' });
    });

    it('shows a subtask below its parent, and arranges tasks by keys and by dragging', async () => {
      await page.getByLabel('Subtask of').selectOption('Water the plants');
      await create('Fill the can');
      const shown = async () =>
        (await page.locator('.tasks label').allInnerTexts()).map((text) => text.trim());
      const moved = () => page.waitForResponse((answer) => answer.url().endsWith('/move'));
      expect(await shown()).toEqual(['Water the plants', 'Fill the can', 'Buy oat milk']);
      expect(await task('Fill the can').getAttribute('aria-level')).toBe('2');
      expect(await task('Fill the can').getByRole('button', { name: 'up' }).isDisabled()).toBe(
        true,
      );

      const up = task('Buy oat milk').getByRole('button', { name: 'Move Buy oat milk up' });
      const byKey = moved();
      await up.focus();
      await page.keyboard.press('Enter');
      expect((await byKey).status()).toBe(200);
      await page.locator('.tasks li:first-child').getByText('Buy oat milk').waitFor();
      expect(await shown()).toEqual(['Buy oat milk', 'Water the plants', 'Fill the can']);

      const byMouse = moved();
      await task('Water the plants').dragTo(task('Buy oat milk'));
      expect((await byMouse).status()).toBe(200);
      await page.locator('.tasks li:first-child').getByText('Water the plants').waitFor();
      expect(await shown()).toEqual(['Water the plants', 'Fill the can', 'Buy oat milk']);
      const { id } = await stored('Fill the can');
      await request(`/${String(id)}`, 'DELETE');
      await task('Fill the can').waitFor({ state: 'detached' });
    });

    it('follows other windows live, over one stream for all tabs of a browser', async () => {
      const streams = new Set<string>();
      const open = async (): Promise<Page> => {
        const tab = await page.context().newPage();
        tab.on('request', (request) => {
          if (request.url().includes('/tasks/events')) streams.add(request.url());
        });
        // A tab has a session storage of its own: each one signs in.
        await tab.goto(origin);
        await tab.getByLabel('Email').fill(email);
        await tab.getByRole('button', { name: 'Sign in' }).click();
        await tab.locator('.tasks').getByText('Water the plants').waitFor();
        return tab;
      };
      const tabs = [await open(), await open()];

      await request('', 'POST', { title: 'Call home' });
      for (const tab of [page, ...tabs])
        await tab.locator('.tasks').getByText('Call home').waitFor();
      // The third tab's requests get through beside the stream.
      const [, last] = tabs;
      await last?.getByLabel('Call home', { exact: true }).click();
      await task('Call home').and(page.locator(':has(:checked)')).waitFor();
      const { id } = await stored('Call home');
      await request(`/${String(id)}`, 'DELETE');
      for (const tab of [page, ...tabs]) {
        await tab.locator('.tasks').getByText('Call home').waitFor({ state: 'detached' });
      }

      expect(streams.size).toBe(0);
      for (const tab of tabs) await tab.close();
    });

    it('shows where a fault is', async () => {
      await page.getByLabel('Title').fill(' ');
      await page.getByRole('button', { name: 'Add' }).click();
      const fault = page.getByRole('alert').locator('li');
      await fault.waitFor();

      expect(await fault.innerText()).toMatch(/^\/title: /);
    });

    it('loads the next page', async () => {
      for (let number = 1; number <= 30; number += 1) {
        await request('', 'POST', { title: `Task ${number}` });
      }
      await page.reload();
      await task('Task 30').waitFor();
      expect(await page.locator('.tasks li').count()).toBe(20);

      await page.getByRole('button', { name: 'More' }).click();
      await task('Buy oat milk').waitFor();

      expect(await page.locator('.tasks li').count()).toBe(32);
      expect(await page.getByRole('button', { name: 'More' }).count()).toBe(0);
    });

    it('is as wide as a phone', async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.evaluate('scrollTo(0, 0)');
      await page.screenshot({ path: join(PICTURES, 'react-390.png') });

      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    });

    it('shows the next user nothing of this one', async () => {
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('Email').fill('eve@example.com');
      await page.getByRole('button', { name: 'Sign in' }).click();

      await page.getByText('There is no task yet.').waitFor();
      expect(await page.locator('.tasks li').count()).toBe(0);
    });

    function task(title: string): Locator {
      return page.locator('.tasks li').filter({ has: page.getByLabel(title, { exact: true }) });
    }

    async function create(title: string): Promise<void> {
      await page.getByLabel('Title').fill(title);
      await page.getByRole('button', { name: 'Add' }).click();
      await task(title).waitFor();
    }

    async function changeElsewhere(title: string): Promise<void> {
      const { id } = await stored(title);
      await request(`/${String(id)}`, 'PATCH', { description: 'Changed elsewhere' });
    }

    /** The next change, which reaches the API only when the test lets it: what the page shows meanwhile is seen. */
    function heldCompletion(): Promise<Route> {
      return new Promise((resolve, reject) => {
        page.route('**/complete', resolve, { times: 1 }).catch(reject);
      });
    }

    async function stored(title: string): Promise<Record<string, unknown>> {
      const { items } = (await request(`?q=${encodeURIComponent(title)}`, 'GET')) as {
        items: Record<string, unknown>[];
      };
      return items[0] ?? {};
    }

    /** As the user of the page, past the page. */
    async function request(path: string, method: string, body?: object): Promise<unknown> {
      const token = await page.evaluate(() => sessionStorage.getItem('task-api-token'));
      const answer = await fetch(`${api.url}/api/me/tasks${path}`, {
        method,
        headers: { Authorization: `Bearer ${String(token)}`, 'Content-Type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return answer.status === 204 ? undefined : answer.json();
    }
  }),
);

function isCompletion(response: Answer): boolean {
  return response.url().endsWith('/complete') && response.request().method() === 'PATCH';
}

/** The address that Vite prints once it listens. */
async function offered(vite: ChildProcess): Promise<string> {
  let printed = '';
  for await (const chunk of vite.stdout ?? []) {
    printed += String(chunk);
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0];
    if (address !== undefined) {
      vite.stdout?.resume();
      return address;
    }
  }
  throw new Error(`Vite did not start:\n${printed}`);
}
