import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import manifest from '#package.json';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describe('GET /', () => {
  let app: TestedApi;
  beforeAll(async () => {
    app = await sharedApplication();
  });
  afterAll(() => app.stop());

  it.each([undefined, '*/*', 'application/json', 'application/json, text/html;q=0.5', 'image/png'])(
    'leads programs to everything else: %s',
    async (accept) => {
      const request = app.send('get', '/');
      if (accept !== undefined) request.set('Accept', accept);
      const { status, type, headers, body } = await request;

      expect({ status, type }).toEqual({ status: 200, type: 'application/json' });
      expect(headers['vary']).toContain('Accept');
      expect(body).toEqual({
        name: 'Task API',
        version: manifest.version,
        links: {
          api: '/api',
          docs: '/docs',
          openapi: '/openapi.json',
          openapi_yaml: '/openapi.yaml',
          problems: '/problems',
          health: '/health/ready',
        },
      });
    },
  );

  it('is a page for people, which loads nothing', async () => {
    const { status, type, headers, text } = await app.send('get', '/').set('Accept', BROWSER);

    expect({ status, type }).toEqual({ status: 200, type: 'text/html' });
    expect(String(headers['content-security-policy'])).toContain("default-src 'none'");
    expect(text).toContain('<h1>Task API</h1>');
    expect(text).toContain(`Version ${manifest.version}`);
    const links = Array.from(text.matchAll(/<a href="([^"]+)"/g), ([, link]) => link ?? '');
    expect(links).toEqual(
      expect.arrayContaining(['/docs', '/openapi.json', '/openapi.yaml', '/problems']),
    );
    for (const link of links) expect((await app.send('get', link)).status).toBe(200);
  });
});
