import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Caller } from '../support/app/tokens';
import type { ChangesBody } from '../support/feed/changes';
import { EventReader } from '../support/http/event-reader';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';
import { buildOnce, runCli } from '../support/processes/command-line';

jest.setTimeout(90_000);

let directory: string;
let dataDir: string;
let home: ServerHome;
let server: BuiltServer;

beforeAll(async () => {
  buildOnce();
  directory = mkdtempSync(join(tmpdir(), 'task-api-tokens-'));
  dataDir = join(directory, 'served');
  home = await ServerHome.create();
  server = await home.start({ DATA_DIR: dataDir });
});
afterAll(async () => {
  await home.remove();
  rmSync(directory, { recursive: true, force: true });
});

async function caller(data: string): Promise<Caller> {
  const { stdout } = await runCli(['token', '--email', 'ada@example.com'], { DATA_DIR: data });
  return { userId: 'ada', authorization: `Bearer ${stdout.trim()}` };
}

/** Writes something, and reads the changes. @returns the token of all there is */
async function followed(url: string, { authorization }: Caller): Promise<string> {
  const headers = { authorization, 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: '{"title":"followed"}' };
  expect((await fetch(`${url}/api/me/tasks`, init)).status).toBe(201);
  const response = await fetch(`${url}/api/me/tasks/changes?limit=200`, { headers });
  return ((await response.json()) as ChangesBody).next;
}

async function statusOf(url: string, { authorization }: Caller, after: string): Promise<number> {
  const path = `${url}/api/me/tasks/changes?after=${after}`;
  return (await fetch(path, { headers: { authorization } })).status;
}

/** The token is of no use, before and after somebody has written, and a stream says so as well. */
async function expectRefused(url: string, ada: Caller, token: string): Promise<void> {
  expect(await statusOf(url, ada, token)).toBe(410);
  const later = await followed(url, ada);
  expect([await statusOf(url, ada, token), await statusOf(url, ada, later)]).toEqual([410, 200]);
  const stream = await EventReader.open(url, ada, { headers: { 'Last-Event-ID': token } });
  await stream.ended();
  expect(stream.events).toMatchObject([{ event: 'reset' }]);
}

it('A restore refuses every sync token of before', async () => {
  const token = await followed(server.url, await caller(dataDir));
  const file = join(directory, 'backup.sql.gz');
  expect((await runCli(['backup', file], { DATA_DIR: dataDir })).code).toBe(0);
  const target = join(directory, 'restored');
  expect((await runCli(['restore', file], { DATA_DIR: target })).code).toBe(0);
  const another = await ServerHome.create();
  const { url } = await another.start({ DATA_DIR: target });

  await expectRefused(url, await caller(target), token);
  await another.remove();
});

it('resync refuses every sync token of before, and resets the streams that are open', async () => {
  const ada = await caller(dataDir);
  const token = await followed(server.url, ada);
  expect(await statusOf(server.url, ada, token)).toBe(200);
  const stream = await EventReader.open(server.url, ada, { query: { after: token } });

  const { code, stdout } = await runCli(['resync', '--json'], { DATA_DIR: dataDir });

  expect({ code, answer: JSON.parse(stdout) }).toEqual({ code: 0, answer: { resynced: true } });
  await stream.ended();
  expect(stream.events).toMatchObject([{ event: 'reset' }]);
  await expectRefused(server.url, ada, token);
});
