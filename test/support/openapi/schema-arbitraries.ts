import type { OperationObject, SchemaObject } from '@nestjs/swagger';
import fc from 'fast-check';
import { DUE_PATTERN, TIME_ZONE_PATTERN } from '../../../src/tasks/dto/time-rules';
import { RECURRENCE_PATTERN } from '../../../src/tasks/dto/recurrence-rules';
import type { DocumentedApi } from './openapi-validation';

/** Those that every PostgreSQL and every JavaScript knows. */
const TIME_ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Sydney', 'Asia/Kolkata'];

/** They start on any day. */
const RECURRENCES = [
  'FREQ=DAILY',
  'rrule:interval=99;freq=daily',
  'FREQ=WEEKLY;UNTIL=99991231',
  'FREQ=MONTHLY;INTERVAL=2',
  'FREQ=YEARLY;INTERVAL=10',
];

type Schema = SchemaObject;
type Json = Readonly<Record<string, unknown>>;

/** Scripts, directions and forms in which texts go wrong on their way through a server. */
const TREACHEROUS_TEXTS = [
  'é',
  'e\u0301',
  '\u1e9b\u0323',
  'ﬁ Å Ω',
  'مرحبا بالعالم',
  'שָׁלוֹם',
  'नमस्ते',
  '👩‍👩‍👧‍👦',
  '🏳️‍🌈',
  '👍🏽',
  '𝒳𐍈\u{10ffff}',
  '\ufffd\ufffe',
  '\u200f\u200eabc\u200b',
  '"\\/\u2028\u2029',
  '</script><!--',
  "'; drop table tasks; --",
  '%00%u0000${x}{{x}}',
  'İıſK',
];
const LONGEST_TEXT = 300;

/** Of these the schema of titles says less than the rule: what is invisible, ends a line or has a direction. */
const BEYOND_THE_SCHEMA =
  /[\u2028-\u202e\u2066-\u2069]|^(?:[\u2800\ufff9-\ufffb]|\u{16fe4}|\p{White_Space}|\p{Default_Ignorable_Code_Point}|[\u0300-\u036f]|[\u0483-\u0489]|[\u1ab0-\u1aff]|[\u1dc0-\u1dff]|[\u20d0-\u20ff]|[\ufe20-\ufe2f]|\u{13441}|\u{13442}|\u{1d159})+$/u;

/** Texts of any kind, well-formed. */
const anyTexts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: LONGEST_TEXT }),
  fc.string({ unit: 'binary', maxLength: LONGEST_TEXT }),
  fc.string({ maxLength: LONGEST_TEXT }),
  fc
    .array(fc.constantFrom(...TREACHEROUS_TEXTS), { minLength: 1, maxLength: 9 })
    .map((parts) => parts.join(' ')),
);
const texts = anyTexts.filter((text) => !BEYOND_THE_SCHEMA.test(text));
const times = fc
  .tuple(
    fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-30'), noInvalidDate: true }),
    fc.constantFrom('', '.1', '.123', '.123456789', '.12345678901234567890'),
    fc.constantFrom('Z', 'z', '+00:00', '-00:00', '+05:30', '-23:59'),
  )
  .map(([date, fraction, zone]) => date.toISOString().slice(0, 19) + fraction + zone);
const LEAP_SECONDS = ['2016-12-31T23:59:60Z', '2017-01-01t05:29:60.25+05:30'];
const timestamps = fc.oneof({ arbitrary: times, weight: 9 }, fc.constantFrom(...LEAP_SECONDS));

/** Makes values, valid and not, by the schemas of an OpenAPI document. */
export class SchemaArbitraries {
  constructor(private readonly api: DocumentedApi) {}

  /** Values that the schema accepts. `readOnly` properties take what is `given`, or are absent. */
  valid(schema: Schema, given: Json = {}): fc.Arbitrary<unknown> {
    const { properties = {}, minProperties = 0 } = this.api.resolve(schema);
    const isWritable = (name: string) =>
      (properties[name] as Schema | undefined)?.readOnly !== true;
    return this.#candidates(schema, given).filter(
      (value) =>
        this.#accepts(schema, value) &&
        // What is readOnly is no part of a request, so it does not count.
        Object.keys(value as Json).filter(isWritable).length >= minProperties,
    );
  }

  /** Objects that the schema accepts but for one property, which the schema then refuses. */
  withOneFault(schema: Schema): fc.Arbitrary<Json> {
    const { properties = {}, required = [] } = this.api.resolve(schema);
    const mutations = [
      ...Object.keys(properties).map((name) =>
        anything.map((value) => (valid: Json): Json => ({ ...valid, [name]: value })),
      ),
      ...required.map((name) =>
        fc.constant((valid: Json): Json =>
          Object.fromEntries(Object.entries(valid).filter(([key]) => key !== name)),
        ),
      ),
      fc
        .tuple(fc.string({ unit: 'grapheme' }), anything)
        .map(([name, value]) => (valid: Json): Json => ({ ...valid, [name]: value })),
    ];
    return fc
      .tuple(this.valid(schema), fc.oneof(...mutations))
      .map(([valid, mutate]) => mutate(valid as Json))
      .filter((value) => !this.#accepts(schema, value));
  }

  #accepts(schema: Schema, value: unknown): boolean {
    return this.api.faultsOfValue(schema, value).length === 0;
  }

  #candidates(reference: Schema, given: Json): fc.Arbitrary<unknown> {
    const schema = this.api.resolve(reference);
    if (schema.enum !== undefined) return fc.constantFrom(...(schema.enum as unknown[]));
    if (schema.allOf?.[0] !== undefined) return this.#candidates(schema.allOf[0] as Schema, given);
    if (Array.isArray(schema.type)) {
      const types = schema.type;
      return fc.oneof(...types.map((type) => this.#candidates({ ...schema, type }, given)));
    }
    switch (schema.type) {
      case 'null':
        return fc.constant(null);
      case 'boolean':
        return fc.boolean();
      case 'integer':
        return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1_000 });
      case 'string':
        return this.#strings(schema);
      case 'array':
        return fc.array(this.#candidates(schema.items as Schema, given), {
          maxLength: schema.maxItems ?? 3,
        });
      case 'object':
        return this.#objects(schema, given);
      default:
        throw new Error(`There are no values for the type ${String(schema.type)}`);
    }
  }

  #strings({ format, pattern, maxLength }: Schema): fc.Arbitrary<string> {
    if (format === 'date-time') return timestamps;
    if (pattern === DUE_PATTERN) return fc.stringMatching(new RegExp(DUE_PATTERN));
    if (pattern === RECURRENCE_PATTERN) return fc.constantFrom(...RECURRENCES);
    if (pattern === TIME_ZONE_PATTERN) return fc.constantFrom(...TIME_ZONES);
    return maxLength === undefined ? texts : texts.map((text) => text.slice(0, maxLength));
  }

  #objects({ properties = {}, required = [] }: Schema, given: Json): fc.Arbitrary<Json> {
    const members = Object.entries(properties).flatMap(([name, part]) => {
      const schema = part as Schema;
      if (name in given) return [[name, fc.constant(given[name])] as const];
      return schema.format === 'uuid' ? [] : [[name, this.#candidates(schema, given)] as const];
    });
    return fc.record(Object.fromEntries(members), { requiredKeys: [...required] });
  }
}

/** JSON values of every type, and texts that no field takes. */
const anything = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, '', ' ', 'true', [], {}, 2 ** 53),
  fc.constantFrom('a\0b', '\u0007', 'x\u202ex', 'x'.repeat(10_001), '2026-02-30T00:00:00Z'),
  fc.jsonValue({ maxDepth: 3 }),
);

/** The schema of the JSON body of an operation. */
export function bodySchema({ requestBody }: OperationObject): Schema {
  if (requestBody === undefined || '$ref' in requestBody) throw new Error('It has no body');
  const { schema } = requestBody.content['application/json'] ?? {};
  if (schema === undefined) throw new Error('Its body is not JSON');
  return schema as Schema;
}

/** The query of an operation as the schema of an object, without the parameters named. */
export function querySchema(
  { parameters = [] }: OperationObject,
  without: readonly string[],
): Schema {
  const properties = parameters.flatMap((parameter) =>
    'in' in parameter && parameter.in === 'query' && !without.includes(parameter.name)
      ? [[parameter.name, parameter.schema as Schema] as const]
      : [],
  );
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
}
