import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 } from 'uuid';
import { type ServedApplication, serveAt } from '../support/app/application-at';
import { type Answer, HttpSender, type Message } from '../support/http/http-sender';
import { TestDatabase } from '../support/database/test-database';
import { aCaller, type Caller } from '../support/app/tokens';
import { WireProxy } from '../support/wire/wire-proxy';
import { itWith } from '../support/requirements';

const SECRETS = {
  title: 'the-secret-title',
  description: 'the-secret-description',
  email: 'secret-address@example.com',
};

describe('Answers', () => {
  let database: TestDatabase;
  let proxy: WireProxy;
  let app: ServedApplication;
  let sender: HttpSender;
  let me: Caller;
  let victim: Caller;
  let foreignTask: string;
  let foreignTag: string;
  const logged: unknown[] = [];

  beforeAll(async () => {
    database = await TestDatabase.create();
    proxy = await WireProxy.start(database.endpoint.api);
    const record = (...lines: unknown[]) => void logged.push(...lines);
    const log = { log: record, warn: record, error: record, debug: record, verbose: record };
    app = await serveAt(proxy.before(database.endpoint), { LOG_LEVEL: 'debug' }, log);
    sender = new HttpSender(app.port, 1);
    me = await aCaller({ email: SECRETS.email, email_verified: true });
    victim = await aCaller({ email: 'victim@example.com', email_verified: true });
    await sender.send(me, post('/api/me/tasks'));
    const theirs = await sender.send(victim, post('/api/me/tasks'));
    foreignTask = idIn(theirs);
    foreignTag = theirs.headers.etag ?? '';
  });
  afterAll(async () => {
    sender.close();
    await app.nest.close();
    await proxy.stop();
    await database.drop();
  });

  const post = (path: string): Message => ({
    method: 'POST',
    path,
    body: { title: SECRETS.title, description: SECRETS.description },
  });
  const idIn = ({ body }: Answer) => (JSON.parse(body) as { id: string }).id;
  /** What a client can tell two answers apart by. */
  const visible = ({ status, headers, body }: Answer) => ({
    status,
    headers: without(headers, ['date', 'x-request-id']),
    body: without(JSON.parse(body) as object, ['request_id']),
  });
  /** What the database was asked, as far as it depends on the kind of the target; a session may end meanwhile. */
  const asked = () =>
    proxy.sent
      .filter(({ kind }) => kind !== 'Terminate')
      .map(({ kind, statement, text }) => ({ kind, statement, text }));

  it('tell nothing of whether a forbidden user exists, and ask no database', async () => {
    proxy.clear();
    for (const message of everyMethod('')) {
      const users = [victim.userId, randomUUID(), '00000000-0000-0000-0000-000000000000'];
      const answers = users.map(async (userId) => {
        const path = `/api/${userId}/tasks/${foreignTask}`;
        return visible(await sender.send(me, { ...message, path }));
      });
      const [existing, ...missing] = await Promise.all(answers);

      expect(existing).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      for (const answer of missing) expect(answer).toEqual(existing);
    }
    expect(proxy.sent).toEqual([]);
  });

  itWith(
    'oneDatabase',
    'tell nothing of whether a task is foreign or missing, and take one path',
    async () => {
      for (const { path, ...message } of everyMethod('/api/me/tasks/:id')) {
        // The first completion of a user counts their tasks, whatever it is of.
        await sender.send(me, { ...message, path: path.replace(':id', v7()) });
        const outcomes = [];
        for (const id of [foreignTask, v7(), randomUUID()]) {
          proxy.clear();
          const answer = await sender.send(me, { ...message, path: path.replace(':id', id) });
          outcomes.push({ answer: visible(answer), asked: asked() });
        }
        const [foreign, ...missing] = outcomes;

        expect(foreign?.answer).toMatchObject({ status: 404, body: { code: 'task-not-found' } });
        expect(foreign?.asked).not.toEqual([]);
        for (const outcome of missing) expect(outcome).toEqual(foreign);
      }
    },
  );

  it('refuse with nothing of a token, an address or a task in them, and log none', async () => {
    const token = me.authorization.replace('Bearer ', '');
    const body = { title: SECRETS.title, description: SECRETS.description, unknown: SECRETS.email };
    const refused: readonly Message[] = [
      { method: 'POST', path: '/api/me/tasks', body },
      { method: 'POST', path: '/api/me/tasks', body: { title: SECRETS.title.repeat(20) } },
      { method: 'PATCH', path: `/api/me/tasks/${foreignTask}`, body },
      { method: 'PUT', path: `/api/${victim.userId}/tasks/${foreignTask}`, body },
      { method: 'GET', path: `/api/me/tasks?q=${SECRETS.title}&sort=${SECRETS.email}` },
      { method: 'GET', path: `/api/me/tasks?cursor=${SECRETS.title}` },
      { method: 'GET', path: '/api/me/tasks', headers: { authorization: `Bearer ${token}x` } },
      { method: 'GET', path: '/api/me/tasks', headers: { authorization: `Basic ${token}` } },
      {
        method: 'POST',
        path: '/api/me/tasks',
        body,
        headers: { 'idempotency-key': `${token} ${token}` },
      },
      { method: 'DELETE', path: `/api/me/tasks/${v7()}`, headers: { 'if-match': SECRETS.title } },
    ];
    // PostgreSQL quotes the whole row in the details of this failure.
    await database.query(
      `alter table tasks add constraint ck_refuse check (title not like 'the-secret%') not valid`,
    );

    const answers = await Promise.all(refused.map((message) => sender.send(me, message)));
    answers.push(await sender.send(me, post('/api/me/tasks')));

    for (const { status, headers, body: problem } of answers) {
      expect(status).toBeGreaterThanOrEqual(400);
      expectSilent(`${JSON.stringify(headers)} ${problem}`);
    }
    expect(answers.at(-1)?.status).toBe(500);
    expect(logged).not.toEqual([]);
    for (const line of logged) expectSilent(JSON.stringify(line ?? ''));

    function expectSilent(text: string): void {
      for (const secret of [...Object.values(SECRETS), token, token.slice(-20)]) {
        expect(text).not.toContain(secret);
      }
    }
  });

  /** Every way to name one task; the conditions are those that the foreign task meets. */
  function everyMethod(path: string): readonly Message[] {
    const body = { title: 'taken' };
    const conditions = { 'if-match': foreignTag };
    return [
      { method: 'GET', path },
      { method: 'GET', path, headers: { 'if-none-match': foreignTag } },
      { method: 'PUT', path, body },
      { method: 'PUT', path, body, headers: conditions },
      { method: 'PATCH', path, body },
      { method: 'PATCH', path, body, headers: { ...conditions, prefer: 'return=minimal' } },
      { method: 'PATCH', path: path && `${path}/complete` },
      { method: 'PATCH', path: path && `${path}/complete`, headers: conditions },
      { method: 'DELETE', path },
      { method: 'DELETE', path, headers: conditions },
    ];
  }
});

function without(content: IncomingHttpHeaders | object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(content).filter(([name]) => !names.includes(name)));
}
