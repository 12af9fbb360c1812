import { describe, expect, it } from '@jest/globals';
import { parseQuery } from '../../../../src/http/input/query-parameters';
import { refusalOf } from '../../../support/app/refusal';

describe('a query', () => {
  it.each([
    [null, {}],
    ['', {}],
    ['q=a+b&limit=5', { q: 'a b', limit: '5' }],
    ['q=%C3%B6%20%F0%9F%98%82', { q: 'ö 😂' }],
    ['q=100%25', { q: '100%' }],
    ['a=1&a=2', { a: ['1', '2'] }],
    ['limit', { limit: '' }],
    ['__proto__=1', JSON.parse('{"__proto__":"1"}')],
  ])('%j is %j', (text, query) => {
    expect({ ...parseQuery(text) }).toEqual(query);
  });

  it('has as many parameters as were sent', () => {
    const text = Array.from({ length: 1_500 }, (_, n) => `${n}=x`).join('&');

    expect(Object.keys(parseQuery(text))).toHaveLength(1_500);
  });

  it.each([
    ['q=%ZZ', 'q'],
    ['q=%', 'q'],
    ['limit=1&q=100%&sort=title', 'q'],
    // A lone surrogate, an overlong slash, a sequence that is cut, Latin-1.
    ['q=%ED%A0%80', 'q'],
    ['q=%C0%AF', 'q'],
    ['q=%E2%82&limit=1', 'q'],
    ['q=%F6', 'q'],
    ['%FF=1', ''],
  ])('is refused where it is no percent-encoded UTF-8: %s', async (text, parameter) => {
    const { code, faults } = await refusalOf(() => parseQuery(text));

    expect(code).toBe('malformed-uri');
    expect(faults).toEqual([
      { parameter, detail: expect.stringContaining('must be percent-encoded UTF-8') },
    ]);
  });
});
