import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';
import { buildOnce, runCli } from '../support/processes/command-line';

beforeAll(() => buildOnce());

/** A port that answers like this while the command asks it. */
async function answering<Result>(
  answer: RequestListener,
  ask: (port: string) => Promise<Result>,
): Promise<Result> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await ask(String((server.address() as AddressInfo).port));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('healthcheck of a server that serves', () => {
  let home: ServerHome;
  let server: BuiltServer;

  beforeAll(async () => {
    home = await ServerHome.create();
    server = await home.start();
  });
  afterAll(() => home.remove());

  it.each([
    [[], 'ready'],
    [['--live'], 'live'],
  ])('%j says that it does', async (options, probe) => {
    const { port } = new URL(server.url);
    expect(await runCli(['healthcheck', ...options], { PORT: port })).toEqual({
      code: 0,
      stdout: `http://127.0.0.1:${port}/health/${probe}: ok\n`,
      stderr: '',
    });
  });
});

describe('healthcheck ends with code 1', () => {
  it('where nobody listens, whatever else the configuration says', async () => {
    const { code, stdout, stderr } = await runCli(['healthcheck'], { PORT: '1', RATE_LIMIT: 'x' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^http:\/\/127\.0\.0\.1:1\/health\/ready: .*ECONNREFUSED.*\n$/);
  });

  it('where the server cannot serve', async () => {
    const outcome = await answering(
      (_, response) => response.writeHead(503).end(),
      (port) => runCli(['healthcheck'], { PORT: port }),
    );
    expect(outcome).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/\/health\/ready: answered 503\n$/),
    });
  });

  it('where there is no answer in time', async () => {
    const outcome = await answering(
      () => undefined,
      (port) => runCli(['healthcheck', '--timeout', '1s'], { PORT: port }),
    );
    expect(outcome).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/\/health\/ready: no answer within 1 s\n$/),
    });
  });
});
