import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';
import { TestDatabase } from '../support/database/test-database';
import { eventually } from '../support/app/eventually';
import { valueOf } from '../support/http/exposition';

const metricsUrlOf = ({ banner }: BuiltServer): string | undefined =>
  /^ {2}Metrics +(http:\S+)$/m.exec(banner)?.[1];

const scrape = async (url: string | undefined): Promise<string> =>
  (await fetch(String(url))).text();

describe('the admin port', () => {
  let database: TestDatabase;
  let home: ServerHome;
  let server: BuiltServer;

  beforeAll(async () => {
    database = await TestDatabase.create();
    home = await ServerHome.create();
    server = await home.start({ ADMIN_PORT: '0', ...database.variables });
  });
  afterAll(async () => {
    await home.remove();
    await database.drop();
  });

  it('has the metrics where the banner says, and no task or token in them', async () => {
    await server.fetch('/api/me/tasks', { method: 'POST', body: { title: 'hunter2' } });

    const text = await scrape(metricsUrlOf(server));

    expect(metricsUrlOf(server)).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    const labels = { method: 'POST', route: '/api/:user_id/tasks', status_class: '2xx' };
    expect(valueOf(text, 'task_api_http_request_duration_seconds_count', labels)).toBe(1);
    expect(text).not.toMatch(/hunter2|eyJ/);
  });

  it('is closed unless somebody asks for it', async () => {
    const closed = await home.start(database.variables);

    expect(metricsUrlOf(closed)).toBeUndefined();
  });

  it('says which variable to change when it is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;

    const end = await home.end({ ADMIN_PORT: String(port), ...database.variables });

    other.close();
    expect(end).toMatchObject({ code: 78, stdout: '' });
    expect(end.stderr).toMatch(/^[^\n]*EADDRINUSE[^\n]*: change ADMIN_PORT or ADMIN_HOST\n$/);
  });

  it('answers while a request is finished after SIGTERM, and says that it is not ready', async () => {
    const metrics = metricsUrlOf(server);
    const authorization = `Authorization: ${await server.authorization()}`;
    const socket = connect(Number(server.port), '127.0.0.1');
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.write(
      `POST /api/me/tasks HTTP/1.1\r\nHost: x\r\n${authorization}\r\nConnection: close\r\n` +
        'Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n',
    );
    await eventually(() => received.includes('100 Continue'));

    const end = server.stop();
    await eventually(async () => valueOf(await scrape(metrics), 'task_api_ready') === 0);
    socket.write('{"title":"x"}');

    expect(await end).toMatchObject({ code: 0, stderr: '' });
    expect(received).toContain('HTTP/1.1 201 Created');
    await expect(scrape(metrics)).rejects.toMatchObject({ message: 'fetch failed' });
  });
});
