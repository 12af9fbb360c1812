import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { AuthModule } from '../../../../src/auth/auth.module';
import { DevelopmentIssuer } from '../../../../src/auth/development-issuer/development-issuer';
import { TokenVerifier } from '../../../../src/auth/tokens/token-verifier';
import { ConfigModule } from '../../../../src/config/config.module';
import { parseEnv } from '../../../../src/config/env';
import { IsolationStatus } from '../../../../src/user-scope/isolation-status';
import { IsolationWatch } from '../../../../src/database/isolation/isolation-watch';
import { TaskApiAdapter } from '../../../../src/http/adapter/task-api.adapter';
import { ProblemFilter } from '../../../../src/error-handling/problem.filter';
import { ErrorHandlingModule } from '../../../../src/error-handling/error-handling.module';
import { RateLimitModule } from '../../../../src/rate-limit/rate-limit.module';
import { UserScopeGuard } from '../../../../src/user-scope/user-scope.guard';
import { rawAnswers } from '../../../support/wire/raw-request';

const SECRET = 'q7Wn3xZt0LkD9vRb5sYcE1uHgJmPaFoT';
const PROVIDER = { AUTH_ISSUER: 'https://id.example.com', AUTH_AUDIENCE: 'task-api' };

let dataDir: string;
let application: NestExpressApplication;

beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'development-token-'));
});
afterEach(() => application.close());
afterAll(() => rmSync(dataDir, { recursive: true }));

/** What of the application has to do with identity, over real HTTP. */
async function start(source: Record<string, string> = {}): Promise<void> {
  const env = parseEnv({ DATA_DIR: dataDir, ...source });
  const testing = await Test.createTestingModule({
    imports: [
      ConfigModule.register(env),
      ErrorHandlingModule,
      RateLimitModule,
      AuthModule.register(env),
    ],
    providers: [
      // There is no database to look at.
      {
        provide: IsolationStatus,
        useFactory: () =>
          new IsolationStatus(new IsolationWatch(() => Promise.resolve([]), Infinity)),
      },
      { provide: APP_GUARD, useClass: UserScopeGuard },
      { provide: APP_FILTER, useClass: ProblemFilter },
    ],
  }).compile();
  application = testing.createNestApplication<NestExpressApplication>(new TaskApiAdapter(), {
    bodyParser: false,
  });
  await application.init();
}

const post = (): request.Test =>
  request(application.getHttpServer()).post('/api/dev/token').set('Host', 'localhost:3000');

describe('POST /api/dev/token', () => {
  it('hands a token to a program on this machine', async () => {
    await start();
    const { status, headers, body } = await post().send({ email: 'Ada@Example.com' });

    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 86_400,
      user_id: expect.any(String),
    });
    await expect(application.get(TokenVerifier).verify(body.access_token)).resolves.toMatchObject({
      userId: body.user_id,
      email: 'ada@example.com',
    });
  });

  it('knows the user again after a restart', async () => {
    await start();
    const first = await post().send({ email: 'ada@example.com' });
    await application.close();
    await start();
    const second = await post().send({ email: 'ADA@example.com' });

    expect(second.body.user_id).toBe(first.body.user_id);
    await expect(
      application.get(TokenVerifier).verify(first.body.access_token),
    ).resolves.toBeDefined();
  });

  it('answers problem 403 to everybody else, before it reads the body', async () => {
    await start();
    const { status, body } = await post().set('X-Forwarded-For', '192.0.2.1').send('nonsense');

    expect(status).toBe(403);
    expect(body).toMatchObject({ code: 'development-issuer-local-only', status: 403 });
    expect((await post().set('Host', 'tasks.example.com').send({})).status).toBe(403);
    expect((await post().set('Origin', 'https://evil.example.com').send({})).status).toBe(403);
  });

  it.each([
    ['by HTTP/1.0', 'POST /api/dev/token HTTP/1.0'],
    ['for another host, as of a proxy', 'POST http://evil.example.com/api/dev/token HTTP/1.1'],
  ])('answers problem 403 to who asks %s', async (_, requestLine) => {
    await start();
    await application.listen(0, '127.0.0.1');
    const body = '{"email":"ada@example.com"}';

    const [answer] = await rawAnswers(
      (application.getHttpServer().address() as AddressInfo).port,
      `${requestLine}\r\nHost: localhost:3000\r\nConnection: close\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );

    expect(answer?.json).toMatchObject({ code: 'development-issuer-local-only' });
  });

  it('takes no parameters in the query', async () => {
    await start();
    const answer = await request(application.getHttpServer())
      .post('/api/dev/token?email=ada@example.com')
      .set('Host', 'localhost:3000')
      .send({ email: 'ada@example.com' });

    expect(answer.body).toMatchObject({ code: 'validation', errors: [{ parameter: 'email' }] });
  });

  it.each([
    [{}, 'is missing'],
    [{ email: 'ada' }, 'must be an e-mail address'],
    [{ email: null }, 'must be an e-mail address'],
    [{ email: 42 }, 'must be an e-mail address'],
    [{ email: `${'a'.repeat(250)}@example.com` }, 'must be an e-mail address'],
  ])('refuses what is not an e-mail address: %j', async (body, detail) => {
    await start();
    const answer = await post().send(body);

    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      code: 'validation',
      errors: [{ pointer: '/email', detail }],
    });
  });

  it.each([
    ['a shared secret', { AUTH_SECRET: SECRET }],
    ['an OpenID provider', PROVIDER],
  ])('does not exist with %s', async (_, source) => {
    await start(source);
    const answer = await post().send({ email: 'ada@example.com' });

    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ code: 'route-not-found' });
    expect(() => application.get(DevelopmentIssuer, { strict: false })).toThrow();
  });
});
