import { Transform } from 'class-transformer';
import { ValidateIf } from 'class-validator';
import { describe, expect, it } from '@jest/globals';
import { CheckWith, validBody, validQuery } from '../../../../src/http/input/request-validation';
import { refusalOf } from '../../../support/app/refusal';

function colourFault(value: unknown): string | undefined {
  return value === 'red' ? undefined : 'must be red';
}

class Paint {
  @Transform(({ value }: { value: unknown }) => (value === 'RED' ? 'red' : value))
  @CheckWith(colourFault)
  readonly colour!: string;

  @CheckWith((value) => (typeof value === 'number' ? undefined : 'must be a number'))
  readonly coats: number = 2;

  @ValidateIf((_, value: unknown) => value !== undefined)
  @CheckWith((value) => (value === null || value === 'matt' ? undefined : 'must be matt or null'))
  readonly finish?: string | null;
}

const faultsOf = async (work: () => unknown): Promise<readonly object[]> => {
  const { code, faults } = await refusalOf(work);
  expect(code).toBe('validation');
  return faults;
};

describe('a body', () => {
  it('becomes its DTO, transformed, with defaults', () => {
    const paint = validBody(Paint, { colour: 'RED' });

    expect(paint).toBeInstanceOf(Paint);
    expect({ ...paint }).toEqual({ colour: 'red', coats: 2 });
  });

  it('keeps null apart from absence', () => {
    expect(validBody(Paint, { colour: 'red', finish: null }).finish).toBeNull();
    expect(validBody(Paint, { colour: 'red' }).finish).toBeUndefined();
  });

  it('must be there', async () => {
    expect(await faultsOf(() => validBody(Paint, undefined))).toEqual([
      { pointer: '', detail: 'is missing: send a JSON object' },
    ]);
  });

  it.each([null, 'x', 1, true, [], [{ colour: 'red' }]])(
    'must be an object, not %j',
    async (body) => {
      expect(await faultsOf(() => validBody(Paint, body))).toEqual([
        { pointer: '', detail: 'must be a JSON object' },
      ]);
      expect(await faultsOf(() => validBody(Paint, body, { optional: true }))).toEqual([
        { pointer: '', detail: 'must be a JSON object, or no body at all' },
      ]);
    },
  );

  it('has what is required, and null is something', async () => {
    expect(await faultsOf(() => validBody(Paint, { coats: 1 }))).toEqual([
      { pointer: '/colour', detail: 'is missing' },
    ]);
    expect(await faultsOf(() => validBody(Paint, { colour: null }))).toEqual([
      { pointer: '/colour', detail: 'must be red' },
    ]);
  });

  it('gets every fault at once, one for each property', async () => {
    expect(
      await faultsOf(() => validBody(Paint, { colour: 'blue', coats: '2', finish: 'gloss', x: 1 })),
    ).toEqual([
      { pointer: '/x', detail: 'is not known here' },
      { pointer: '/colour', detail: 'must be red' },
      { pointer: '/coats', detail: 'must be a number' },
      { pointer: '/finish', detail: 'must be matt or null' },
    ]);
  });

  it.each([{ colour: {} }, { colour: [] }, { colour: ['red'] }, { colour: { red: true } }])(
    'is flat: %j',
    async (body) => {
      expect(await faultsOf(() => validBody(Paint, body))).toEqual([
        { pointer: '/colour', detail: 'must not be an object or array' },
      ]);
    },
  );

  it('is not walked where it is nested', async () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i += 1) deep = [deep];

    expect(await faultsOf(() => validBody(Paint, { colour: 'red', coats: deep }))).toEqual([
      { pointer: '/coats', detail: 'must not be an object or array' },
    ]);
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'has no property %s',
    async (name) => {
      const body: unknown = JSON.parse(`{"colour":"red","${name}":1}`);

      expect(await faultsOf(() => validBody(Paint, body))).toEqual([
        { pointer: `/${name}`, detail: 'is not known here' },
      ]);
      expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
    },
  );

  it.each(['<b>', 'a/b', 'a b', 'x'.repeat(65), 'é', '', '\n'])(
    'is not told a name that could do harm: %j',
    async (name) => {
      expect(await faultsOf(() => validBody(Paint, { colour: 'red', [name]: 1 }))).toEqual([
        { pointer: '', detail: 'a property is not known here' },
      ]);
    },
  );
});

describe('a query', () => {
  it('becomes its DTO', () => {
    expect({ ...validQuery(Paint, { colour: 'red' }) }).toEqual({ colour: 'red', coats: 2 });
  });

  it('learns which parameter is wrong', async () => {
    expect(
      await faultsOf(() => validQuery(Paint, { colour: ['red', 'red'], 'a[b]': '1', '<y>': '' })),
    ).toEqual([
      { parameter: 'colour', detail: 'must be given once' },
      { parameter: 'a[b]', detail: 'is not known here' },
      { parameter: '', detail: 'a parameter is not known here' },
    ]);
  });
});

describe('a name that is nearly one', () => {
  it.each([
    ['color', 'colour'],
    ['Cloour', 'colour'],
    ['coat', 'coats'],
    ['finnish[]', 'finish'],
  ])('is told the similar one: %s', async (name, similar) => {
    expect(await faultsOf(() => validQuery(Paint, { colour: 'red', [name]: 'x' }))).toEqual([
      { parameter: name, detail: `is not known here; is ${similar} meant?` },
    ]);
  });

  it('gets no suggestions if there are many, which are no typing errors', async () => {
    const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`coat${n}`, 'x']));

    const faults = await faultsOf(() => validBody(Paint, { colour: 'red', ...many }));

    expect(faults.filter((fault) => JSON.stringify(fault).includes('meant'))).toHaveLength(8);
    expect(faults).toHaveLength(20);
  });

  it.each([
    ['colour[]', 'colour'],
    ['colour[0]', 'colour'],
    ['Colour', 'colour'],
    ['COATS', 'coats'],
    ['finish[$ne]', 'finish'],
  ])('is told the right one: %s', async (name, right) => {
    expect(await faultsOf(() => validQuery(Paint, { colour: 'red', [name]: 'x' }))).toEqual([
      { parameter: name, detail: `is not known here; send ${right}` },
    ]);
    expect(await faultsOf(() => validBody(Paint, { colour: 'red', [name]: 'x' }))).toEqual([
      { pointer: `/${name}`, detail: `is not known here; send ${right}` },
    ]);
  });
});
