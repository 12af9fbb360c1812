import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser } from '../support/processes/browser';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';

const PICTURES = join(__dirname, '..', '..', 'artifacts');
/** UPDATE_PICTURES=1 takes the picture of the README anew. */
const PICTURE_OF_README =
  process.env['UPDATE_PICTURES'] === '1' ? join(__dirname, '..', '..', 'docs', 'images') : PICTURES;
const skipped = process.env['SKIP_BROWSER_TESTS'] === '1';

jest.setTimeout(120_000);

(skipped ? describe.skip : describe)('the explorer in a browser', () => {
  let home: ServerHome;
  let server: BuiltServer;
  let browser: Browser;
  let page: Page;
  const strangers: string[] = [];
  const errors: string[] = [];
  let taskId = '';
  let tag = '';

  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    browser = await launchBrowser();
    home = await ServerHome.create();
    server = await home.start();
    page = await browser.newPage({ viewport: { width: 1280, height: 1100 } });
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.route('**', async (route) => {
      const { origin } = new URL(route.request().url());
      if (origin !== server.url) strangers.push(route.request().url());
      await (origin === server.url ? route.continue() : route.abort());
    });
  });
  afterAll(async () => {
    await browser.close();
    await home.remove();
  });

  it('opens', async () => {
    await page.goto(`${server.url}/docs`);

    await operation('Tasks-createTask').waitFor();
    expect(await page.title()).toBe('Task API');
  });

  it('shows every route of tasks on the first screen of 1280 × 800', async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    const last = await operation('Tasks-completeTask').boundingBox();
    await page.setViewportSize({ width: 1280, height: 1100 });

    expect((last?.y ?? 0) + (last?.height ?? 0)).toBeLessThan(800);
  });

  it('is as wide as a phone, with an operation open, and the answers folded', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const patch = await opened('Tasks-patchTask');
    const width = await page.evaluate('document.documentElement.scrollWidth');
    const height = (await patch.boundingBox())?.height ?? 0;
    await page.screenshot({ path: join(PICTURES, 'explorer-390.png') });
    await collapse('Tasks-patchTask');
    await page.setViewportSize({ width: 1280, height: 1100 });

    expect(width).toBe(390);
    expect(height).toBeLessThan(2_100);
  });

  it('authorizes itself with the token that it gets', async () => {
    const answer = await execute(await opened('Development-createDevelopmentToken'));

    expect(answer.status).toBe('200');
    await page.getByRole('button', { name: 'Authorize' }).click();
    await page.getByRole('button', { name: 'Remove authorization' }).waitFor();
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await collapse('Development-createDevelopmentToken');
  });

  it('stays authorized when it is loaded again', async () => {
    await page.reload();
    await operation('Tasks-createTask').waitFor();
    await page.screenshot({
      path: join(PICTURE_OF_README, 'explorer.png'),
      clip: { x: 0, y: 0, width: 1280, height: 800 },
    });

    expect(await page.locator('.authorization__btn .locked').count()).toBeGreaterThan(0);
    expect(await page.locator('.authorization__btn .unlocked').count()).toBe(0);
  });

  it('creates a task as it stands', async () => {
    const created = page.waitForResponse((response) => response.status() === 201);
    const { status, body } = await execute(await opened('Tasks-createTask'));
    await collapse('Tasks-createTask');

    expect({ status, title: body['title'] }).toEqual({ status: '201', title: 'Buy oat milk' });
    taskId = String(body['id']);
    tag = (await created).headers()['etag'] ?? '';
  });

  it('shows the real answer right below Execute, and unfolds the documented ones', async () => {
    const get = await opened('Tasks-getTask');
    await parameter(get, 'task_id').fill(taskId);
    await execute(get);
    const button = await get.getByRole('button', { name: 'Execute' }).boundingBox();
    const answer = await get.locator('.live-responses-table').boundingBox();
    const documented = get.locator('.documented-answers tr.response');
    await get.getByText('Documented answers').scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(PICTURES, 'explorer-answer.png') });

    expect((answer?.y ?? Infinity) - (button?.y ?? 0)).toBeLessThan(500);
    expect(await documented.first().isVisible()).toBe(false);
    await get.getByText('Documented answers').click();
    await documented.filter({ hasText: '404' }).first().waitFor();
    await get.getByText('Documented answers').click();
    await collapse('Tasks-getTask');
  });

  it('lists it', async () => {
    const { status, body } = await execute(await opened('Tasks-listTasks'));
    await collapse('Tasks-listTasks');

    expect(status).toBe('200');
    expect(body).toMatchObject({ items: [{ id: taskId }], next_cursor: null });
  });

  it('changes it under a condition, and shows the problem when the condition fails', async () => {
    const patch = await opened('Tasks-patchTask');
    await parameter(patch, 'task_id').fill(taskId);
    await parameter(patch, 'If-Match').fill(tag);

    const first = await execute(patch);
    expect(first.status).toBe('200');
    await patch.getByRole('button', { name: 'Clear', exact: true }).click();
    const second = await execute(patch);
    await patch.locator('.live-responses-table').scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(PICTURES, 'explorer-problem.png') });

    expect(second.status).toBe('412');
    expect(second.body).toMatchObject({ code: 'precondition-failed', status: 412 });
  });

  it('has met no error but that one, and asked nobody else', () => {
    expect(errors).toEqual([expect.stringContaining('status of 412')]);
    expect(strangers).toEqual([]);
  });

  function operation(id: string): Locator {
    return page.locator(`#operations-${id}`);
  }

  async function opened(id: string): Promise<Locator> {
    await operation(id).locator('.opblock-summary-control').click();
    await operation(id).locator('button.execute').waitFor();
    return operation(id);
  }

  async function collapse(id: string): Promise<void> {
    await operation(id).locator('.opblock-summary-control').click();
  }
});

function parameter(operation: Locator, name: string): Locator {
  return operation.locator(`tr[data-param-name="${name}"] input`);
}

/** Presses Execute; what Swagger UI then shows. */
async function execute(
  operation: Locator,
): Promise<{ status: string; body: Record<string, unknown> }> {
  await operation.locator('button.execute').click();
  const answer = operation.locator('.live-responses-table tbody tr.response').first();
  const status = await answer.locator('.response-col_status').innerText();
  const body = await answer
    .locator('.response-col_description .highlight-code')
    .first()
    .innerText();
  return {
    status: status.split('\n')[0] ?? '',
    body: JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1)),
  };
}
