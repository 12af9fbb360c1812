import { describe, expect, it } from '@jest/globals';
import { adviceOn } from '../../../src/config/advice';
import { parseEnv } from '../../../src/config/env';

const AUTH_SECRET = 'q7Wn3xZt0LkD9vRb5sYcE1uHgJmPaFoT';
const DATABASE_URL = 'postgresql://app@db.example.com/tasks';

describe('a right configuration', () => {
  it('is advised upon where production keeps its tasks in the embedded database', () => {
    const env = parseEnv({ NODE_ENV: 'production', AUTH_SECRET, DATA_DIR: '/srv/tasks' });
    expect(adviceOn(env)).toEqual({
      what: expect.stringContaining('the embedded PostgreSQL in /srv/tasks keeps the tasks'),
      remedy: expect.stringMatching(/^set DATABASE_URL, or back it up/),
    });
  });

  it.each([{}, { AUTH_SECRET }, { NODE_ENV: 'production', AUTH_SECRET, DATABASE_URL }])(
    'is not elsewhere: %j',
    (source) => {
      expect(adviceOn(parseEnv(source))).toBeUndefined();
    },
  );
});
