import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { objectsWithRepeatedNames, repeatedNames } from '../../../../src/http/input/json-text';

const repeatedIn = (text: string): readonly string[] =>
  repeatedNames(text, JSON.parse(text) as object);

describe('the names of a JSON object', () => {
  it.each([
    ['{"a":1,"a":2}', ['a']],
    ['{ "a" : 1 ,\n "b":"a", "a"\t: 1 }', ['a']],
    ['{"a":1,"b":2,"b":3,"a":4,"a":5}', ['b', 'a']],
    // An escape stands for the same letter.
    ['{"title":1,"t\\u0069tle":2}', ['title']],
    ['{"":1,"":2}', ['']],
    ['{"a\\"":"\\\\","a\\"":"x:y"}', ['a"']],
    ['{"__proto__":1,"__proto__":2}', ['__proto__']],
    ['{"tags":["a","b"],"tags":[]}', ['tags']],
  ])('are repeated in %s', (text, names) => {
    expect(repeatedIn(text)).toEqual(names);
  });

  it.each([
    '{}',
    '{"a":1}',
    '{"a":"a","b":"a"}',
    '{"a":"\\"a\\":","b":"{\\"a\\":1,\\"a\\":2}"}',
    '{"a":"\\\\","b":"a: b"}',
    '{"tags":["a:","a:"],"due":"2026-12-01T09:00"}',
    '{"title":"x","Title":"x"}',
    '{"__proto__":"a:b"}',
  ])('are distinct in %s', (text) => {
    expect(repeatedIn(text)).toEqual([]);
  });

  it('are distinct in whatever a program writes, and repeated where one is added', () => {
    const values = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.array(fc.string()));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), values, { minKeys: 1 }), fc.nat(), (object, seed) => {
        const text = JSON.stringify(object);
        const name = Object.keys(object)[seed % Object.keys(object).length] ?? '';
        expect(repeatedIn(text)).toEqual([]);
        expect(repeatedIn(`${text.slice(0, -1)},${JSON.stringify(name)}:"a:b"}`)).toEqual([name]);
      }),
    );
  });
});

describe('objects of any JSON', () => {
  it.each<[string, readonly string[]]>([
    ['{"a":1,"a":2}', ['']],
    ['{"list":[{},{"a":1,"b":2},{"a":{"x":1,"x":[]},"a":1}]}', ['/list/2/a', '/list/2']],
    ['[[0,{"t\\u0069tle":",","title":"{"}]]', ['/0/1']],
    ['{"two words":{"a":1,"a":2}}', ['/']],
  ])('have a name twice: %s', (text, pointers) => {
    expect(objectsWithRepeatedNames(text)).toEqual(pointers);
  });

  it.each([
    '{}',
    '[]',
    '7',
    '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}],"c":"{\\"a\\":1,\\"a\\":1}"}',
  ])('have each name once: %s', (text) => {
    expect(objectsWithRepeatedNames(text)).toEqual([]);
  });

  it('are looked at where a body is as deep as it is long', () => {
    const deep = `${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}`;

    expect(objectsWithRepeatedNames(`{"operations":${deep},"operations":1}`)).toEqual(['']);
  });
});
