import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { describeApi } from '../../src/openapi/openapi-document';
import { TestApplication } from '../support/app/test-application';
import { stumblingBlocks } from '../support/openapi/generator-rules';

describe('the explorer', () => {
  let app: TestApplication;

  beforeAll(async () => {
    app = await TestApplication.start();
  });
  afterAll(() => app.stop());

  it.each(['/docs', '/docs/'])('is a page at %s, for everybody', async (path) => {
    const { status, type, text } = await app.send('get', path);

    expect({ status, type }).toEqual({ status: 200, type: 'text/html' });
    expect(text).toContain('<title>Task API</title>');
  });

  it.each(['/docs', '/docs/'])('has everything that its page at %s refers to', async (path) => {
    const { text } = await app.send('get', path);
    const assets = Array.from(text.matchAll(/(?:src|href)="([^"#]+)"/g), ([, url]) => url ?? '');

    expect(assets.length).toBeGreaterThanOrEqual(5);
    for (const asset of assets) {
      const { origin, pathname } = new URL(asset, `http://task-api.test${path}`);
      expect(origin).toBe('http://task-api.test');
      expect((await app.send('get', pathname)).status).toBe(200);
    }
  });

  it('may load nothing from elsewhere, be framed by nobody, and works without TLS', async () => {
    const { headers } = await app.send('get', '/docs');
    const policy = String(headers['content-security-policy']);

    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/https?:|unsafe-eval|upgrade-insecure-requests/);
  });

  it('asks no validator elsewhere', async () => {
    const { text } = await app.send('get', '/docs/swagger-ui-init.js');

    expect(text).toContain('"validatorUrl": null');
  });

  it.each(['/docs/none.js', '/docs/../package.json', '/docs/%2e%2e/package.json', '/Docs'])(
    'has nothing at %s',
    async (path) => {
      const { status, type } = await app.send('get', path);

      expect({ status, type }).toEqual({ status: 404, type: 'application/problem+json' });
    },
  );
});

describe('the document of the development issuer', () => {
  let app: TestApplication;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'task-api-openapi-'));
    app = await TestApplication.start({ AUTH_SECRET: '', DATA_DIR: directory });
  });
  afterAll(async () => {
    await app.stop();
    await rm(directory, { recursive: true });
  });

  it('is that of production and the route that gives tokens, of which its text speaks', async () => {
    const { body } = await app.send('get', '/openapi.json');
    const { info, tags, paths, components } = body as OpenAPIObject;
    const { '/api/dev/token': token, ...others } = paths;
    const production = (await import('../../openapi.json')).default as unknown as OpenAPIObject;

    expect(token?.post).toMatchObject({ operationId: 'createDevelopmentToken', security: [] });
    expect(others).toEqual(production.paths);
    expect(components).toMatchObject({ ...production.components });
    expect(tags).toEqual([
      expect.objectContaining({ name: 'Development' }),
      ...(production.tags ?? []),
    ]);
    expect(info.description).toMatch(/^\*\*First, get a token\.\*\*/);
    expect(info.description).toContain(production.info.description);
  });

  it('has no stumbling block for generators of clients', () => {
    expect(stumblingBlocks(describeApi(app.nest))).toEqual([]);
  });

  it('gives a token as it says, from its example', async () => {
    const { status, body } = await app
      .send('post', '/api/dev/token')
      .send({ email: 'ada@example.com' });

    expect(status).toBe(200);
    const mine = await app
      .send('get', `/api/${body.user_id}/tasks`)
      .set('Authorization', `Bearer ${body.access_token}`);
    expect(mine.status).toBe(200);
  });
});
