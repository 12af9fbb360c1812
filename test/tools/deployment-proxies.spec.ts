import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { BULK_LIMITS } from '../../src/bulk/bulk-operation';
import { RECIPES, ReverseProxy } from '../support/processes/reverse-proxy';
import { describeWith } from '../support/requirements';
import { rawAnswers } from '../support/wire/raw-request';

it.each(['nginx.conf', 'nginx-path.conf'])(
  '%s leaves it to the API to refuse a body that is too large',
  (name) => {
    const recipe = readFileSync(join(RECIPES, name), 'utf8');
    const [, megabytes] = /^\s*client_max_body_size (\d+)m;$/m.exec(recipe) ?? [];

    // nginx counts the same unit, and answers anything larger by a page of its own.
    expect(Number(megabytes) * 1024 * 1024).toBeGreaterThan(BULK_LIMITS.bytes);
  },
);

/** Targets that a proxy likes to rewrite. */
const TARGETS = [
  '/api/me/tasks?q=a%20b+c&tag=%ff;x',
  '//api/me/tasks',
  '/api//me/tasks',
  '/api/me/./tasks',
  '/api/me/tasks/',
  '/api/%6de/tasks%2Fx',
];

/** Each recipe: the path below which it serves, the one that the API then gets, and the prefix that it sends. */
const SERVED = [
  ['nginx', 'nginx.conf', { path: '', passed: '', prefix: undefined }],
  ['nginx', 'nginx-path.conf', { path: '/tasks-api', passed: '/tasks-api', prefix: undefined }],
  ['caddy', 'Caddyfile', { path: '', passed: '', prefix: undefined }],
  ['caddy', 'Caddyfile-path', { path: '/tasks-api', passed: '', prefix: '/tasks-api' }],
] as const;

describe.each(SERVED)('%s', (program, name, { path, passed, prefix }) => {
  describeWith(program, `with ${name}`, () => {
    let proxy: ReverseProxy;

    beforeAll(async () => {
      proxy = await ReverseProxy.start(program, name);
    });
    afterAll(() => proxy.stop());

    const get = (target: string, fields = ''): string =>
      `GET ${path}${target} HTTP/1.1\r\nHost: api.example.com\r\n${fields}Connection: close\r\n\r\n`;

    it('passes on the target as the client sent it', async () => {
      for (const target of TARGETS) {
        const [answer] = await rawAnswers(proxy.port, get(target));
        expect(answer?.status).toBe(200);
        expect(proxy.heads.at(-1)?.split(' ')[1]).toBe(`${passed}${target}`);
      }
    });

    it('replaces what the client says about its address and the path', async () => {
      await rawAnswers(
        proxy.port,
        get('/', 'X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Prefix: /evil\r\n'),
      );

      const head = proxy.heads.at(-1) ?? '';
      const field = (wanted: string) =>
        new RegExp(`^${wanted}: (.*)$`, 'im').exec(head)?.[1]?.trim();
      expect(field('X-Forwarded-For')).toBe('127.0.0.1');
      expect(field('X-Forwarded-Prefix')).toBe(prefix);
      expect(field('Host')).toBe('api.example.com');
    });

    it('passes on long header lines, for the API to refuse', async () => {
      await rawAnswers(proxy.port, get('/', `Authorization: Bearer ${'x'.repeat(16_000)}\r\n`));

      expect(proxy.heads.at(-1)).toContain('x'.repeat(16_000));
    });

    it('passes on a stream while it is open, and that its client has gone', async () => {
      const socket = connect(proxy.port, '127.0.0.1');
      socket.write(get('/api/me/tasks/events'));
      let received = '';
      while (!received.includes(': first')) {
        const [chunk] = (await once(socket, 'data')) as [Buffer];
        received += chunk.toString();
      }
      expect(proxy.hangUps).toBe(0);

      socket.destroy();
      while (proxy.hangUps === 0) await wait(10);
    });
  });
});
