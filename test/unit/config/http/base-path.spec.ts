import { describe, expect, it } from '@jest/globals';
import { mistakesIn } from '../../../support/app/mistakes';

describe('BASE_PATH', () => {
  it.each([
    '/',
    '/tasks-api/',
    '//evil.example.com',
    '/a/../b',
    '/tasks api',
    'https://example.com/tasks-api',
  ])('must not be %s', (value) => {
    expect(mistakesIn({ BASE_PATH: value })).toEqual([
      expect.stringMatching('^BASE_PATH: must be a path such as /tasks-api'),
    ]);
  });

  it.each(['/tasks-api', '/a/b.c/d_e~f', '/apis', '/docs2'])('may be %s', (value) => {
    expect(mistakesIn({ BASE_PATH: value })).toEqual([]);
  });

  it.each(['/api', '/api/v2', '/docs', '/health', '/problems', '/openapi.json'])(
    'must not be %s, which is a path of the API as well',
    (path) => {
      expect(mistakesIn({ BASE_PATH: path })).toEqual([
        expect.stringMatching('^BASE_PATH: must not begin with'),
      ]);
    },
  );
});
