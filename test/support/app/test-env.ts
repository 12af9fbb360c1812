import { type Env, parseEnv } from '../../../src/config/env';
import { SCOPE_OF_RUN } from '../database/scope-of-run';
import { TEST_SECRET } from './tokens';

/** The mode of the whole run: TEST_DATABASE_LANES=0 serves without lanes. */
const { TEST_DATABASE_LANES } = process.env;
const MODE =
  TEST_DATABASE_LANES === undefined
    ? {}
    : // A pool in the place of the lanes has as many connections as they and it together.
      { DATABASE_LANES: TEST_DATABASE_LANES, DATABASE_POOL: '15' };

export function testEnv(variables: Readonly<Record<string, string>> = {}): Env {
  return parseEnv({
    NODE_ENV: 'test',
    AUTH_SECRET: TEST_SECRET,
    HOST: '127.0.0.1',
    PORT: '0',
    // Tests send many requests and cause failures on purpose; tests of limits and logs set these.
    RATE_LIMIT: '0',
    LOG_LEVEL: 'fatal',
    ...MODE,
    ...SCOPE_OF_RUN,
    ...variables,
  });
}
