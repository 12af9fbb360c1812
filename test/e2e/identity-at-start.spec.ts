import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { eventually } from '../support/app/eventually';
import { RecordedLog } from '../support/app/recorded-log';
import { TestApplication } from '../support/app/test-application';
import { KeyServer, ProviderKey } from '../support/http/key-server';
import { itWith } from '../support/requirements';

let server: KeyServer;
beforeAll(async () => {
  server = await KeyServer.start();
});
afterAll(() => server.stop());

async function startFor(issuer: string, record: RecordedLog): Promise<TestApplication> {
  const variables = { AUTH_SECRET: '', AUTH_ISSUER: issuer, AUTH_AUDIENCE: 'task-api' };
  return TestApplication.start({ ...variables, LOG_LEVEL: 'warn' }, record.log);
}

describe('a start', () => {
  itWith(
    'oneDatabase',
    'serves, and warns, where the keys of a provider cannot be found',
    async () => {
      const record = new RecordedLog('info');
      const api = await startFor(server.url('/elsewhere'), record);
      try {
        await eventually(() => record.lines.length > 0);
        expect(record.lines).toMatchObject([
          {
            level: 'warn',
            msg: expect.stringMatching(
              /^Cannot use http\S+\/elsewhere\/\.well-known\/openid-configuration: it answered with status 404\. .* set AUTH_JWKS_URL/,
            ),
          },
        ]);
        await api.send('get', '/health/ready').expect(200);
      } finally {
        await api.stop();
      }
    },
  );

  itWith('oneDatabase', 'reads the keys before the first token needs them', async () => {
    const key = await ProviderKey.generate('key');
    const issuer = server.url('');
    server.answer = ({ url = '' }, response) => {
      const discovery = { issuer, jwks_uri: server.url('/keys') };
      response.end(JSON.stringify(url === '/keys' ? { keys: [key.publicJwk] } : discovery));
    };
    const record = new RecordedLog('info');
    const api = await startFor(issuer, record);
    try {
      await eventually(() => server.requests.includes('/keys'));
      expect(record.lines).toEqual([]);
    } finally {
      await api.stop();
    }
  });
});
