import { describe, expect, it } from '@jest/globals';
import { parseEnv } from '../../../src/config/env';
import { localUrl } from '../../../src/config/listening-address';

describe('where a process of this machine reaches the server', () => {
  it.each([
    [{}, 'http://127.0.0.1:3000'],
    [{ PORT: '', HOST: '' }, 'http://127.0.0.1:3000'],
    [{ PORT: '8080', HOST: '0.0.0.0' }, 'http://127.0.0.1:8080'],
    [{ HOST: '::' }, 'http://127.0.0.1:3000'],
    [{ HOST: '10.1.2.3' }, 'http://10.1.2.3:3000'],
    [{ HOST: '::1', PORT: '81' }, 'http://[::1]:81'],
  ])('%j: %s', (variables, url) => {
    expect(localUrl(variables)).toBe(url);
  });

  it('is the port on which the server listens by default', () => {
    expect(Number(new URL(localUrl({})).port)).toBe(parseEnv({}).port);
  });
});
