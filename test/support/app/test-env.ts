import { type Env, parseEnv } from '../../../src/config/env';
import { TEST_SECRET } from './tokens';

export function testEnv(variables: Readonly<Record<string, string>> = {}): Env {
  return parseEnv({
    NODE_ENV: 'test',
    AUTH_SECRET: TEST_SECRET,
    HOST: '127.0.0.1',
    PORT: '0',
    // Tests send many requests and cause failures on purpose; tests of limits and logs set these.
    RATE_LIMIT: '0',
    LOG_LEVEL: 'fatal',
    ...variables,
  });
}
