import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, ValidateBy, validateSync } from 'class-validator';
import { similarName } from '../../config/sources/similar-name';
import { ProblemError, type RequestFault } from '../../problems/problem-error';
import { ApiSchema, type SchemaObject } from '@nestjs/swagger';

/**
 * Says what is wrong with a value, or undefined when nothing is. It never repeats the value.
 * @param whole all properties, of which some may be faulty
 */
export type Rule = (value: unknown, whole?: object) => string | undefined;

/** Property decorator: the value must pass the rule, which has its own message. */
export function CheckWith(rule: Rule): PropertyDecorator {
  return ValidateBy({
    name: rule.name,
    validator: {
      validate: (value: unknown, validation) => rule(value, validation?.object) === undefined,
      defaultMessage: (validation) => rule(validation?.value, validation?.object) ?? '',
    },
  });
}

/** What is wrong with an item of a list; `before` are the items before it. */
export type ItemRule = (item: unknown, before: readonly unknown[]) => string | undefined;

const ITEM_RULE = Symbol('the rule of each item of a list');

/** Property decorator: the value may be a list, of which each item must pass the rule. */
export function CheckEach(rule: ItemRule): PropertyDecorator {
  return Reflect.metadata(ITEM_RULE, rule);
}

function itemRuleOf(dto: Type, property: string): ItemRule | undefined {
  return Reflect.getMetadata(ITEM_RULE, dto.prototype as object, property) as ItemRule | undefined;
}

/** For an optional property: its rule applies if there is a value. */
export const isGiven = (_: object, value: unknown): boolean => value !== undefined;

/** The place of a value in the request, for messages. */
type Locate = (property: string, detail: string) => RequestFault;

/** Names that are safe to repeat in an answer. */
const PLAIN_NAME = /^[\w.$[\]-]{1,64}$/;

const UNKNOWN = 'is not known here';
const MISSING = 'is missing';

/** Names for which a similar one is looked for: more of them are no typing errors. */
const MOST_SUGGESTIONS = 8;
/** The most unknown names that are reported, so that the work does not grow with a client's input. */
const MOST_UNKNOWN = 20;

export const faultInBody: Locate = (property, detail) => ({
  pointer: PLAIN_NAME.test(property) ? `/${property}` : '',
  detail: PLAIN_NAME.test(property) ? detail : `a property ${detail}`,
});

export const faultInQuery: Locate = (parameter, detail) => ({
  parameter: PLAIN_NAME.test(parameter) ? parameter : '',
  detail: PLAIN_NAME.test(parameter) ? detail : `a parameter ${detail}`,
});

export interface MayBeAbsent {
  /** Whether a request without any body is fine; its handler gets `undefined`. */
  readonly optional?: boolean;
}

/**
 * Turns the JSON value of a body into its DTO. Bodies are flat objects.
 * @throws ProblemError `validation` naming every fault by JSON pointer.
 */
export function validBody<Dto extends object>(
  dto: Type<Dto>,
  body: unknown,
  { optional = false }: MayBeAbsent = {},
): Dto {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const isMissing =
      body === undefined ? `${MISSING}: send a JSON object` : 'must be a JSON object';
    const detail = optional ? 'must be a JSON object, or no body at all' : isMissing;
    throw new ProblemError('validation', { faults: [{ pointer: '', detail }] });
  }
  return validated(dto, body, faultInBody);
}

/**
 * Turns query parameters into their DTO; each may be given once.
 * @throws ProblemError `validation` naming every faulty parameter.
 */
export function validQuery<Dto extends object>(dto: Type<Dto>, query: object): Dto {
  return validated(dto, query, faultInQuery);
}

function validated<Dto extends object>(dto: Type<Dto>, input: object, locate: Locate): Dto {
  const known = knownProperties(dto);
  const faults = new Map<string, RequestFault>();
  const accepted: Record<string, unknown> = {};
  for (const [property, value] of Object.entries(input)) {
    if (!known.has(property)) {
      if (faults.size >= MOST_UNKNOWN) continue;
      const suggests = faults.size < MOST_SUGGESTIONS;
      faults.set(property, locate(property, suggests ? unknownName(property, known) : UNKNOWN));
    } else if (isNested(value, itemRuleOf(dto, property))) {
      // Requests are flat. Refused before class-transformer walks it: deep nesting overflows its stack.
      faults.set(property, locate(property, nestedFault(dto, property, locate)));
    } else {
      accepted[property] = value;
    }
  }
  const instance = plainToInstance(dto, accepted, { exposeDefaultValues: true });
  for (const { property, constraints } of validateSync(instance, { stopAtFirstError: true })) {
    if (faults.has(property)) continue;
    const isMissing = Reflect.get(instance, property) === undefined;
    const detail = isMissing ? MISSING : (Object.values(constraints ?? {})[0] ?? 'is not valid');
    faults.set(property, locate(property, detail));
  }
  for (const property of known) {
    if (faults.has(property)) continue;
    for (const fault of itemFaults(dto, instance, property, locate)) {
      faults.set(`${property}/${faults.size}`, fault);
    }
  }
  if (faults.size > 0) throw new ProblemError('validation', { faults: [...faults.values()] });
  return instance;
}

/** Whether it is an object, or a list in the place of a text, or of a list that is not flat. */
function isNested(value: unknown, itemRule: ItemRule | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (itemRule === undefined || !Array.isArray(value)) return true;
  return value.some((item) => typeof item === 'object' && item !== null);
}

function nestedFault(dto: Type, property: string, locate: Locate): string {
  if (itemRuleOf(dto, property) !== undefined) return 'must be an array of strings';
  return locate === faultInQuery ? 'must be given once' : 'must not be an object or array';
}

function itemFaults(
  dto: Type,
  instance: object,
  property: string,
  locate: Locate,
): readonly RequestFault[] {
  const rule = itemRuleOf(dto, property);
  const value: unknown = Reflect.get(instance, property);
  if (rule === undefined || !Array.isArray(value)) return [];
  return value.flatMap((item: unknown, n) => {
    const detail = rule(item, value.slice(0, n));
    if (detail === undefined) return [];
    const fault = locate(property, detail);
    return [{ ...fault, ...('pointer' in fault && { pointer: `${fault.pointer}/${n}` }) }];
  });
}

/** Suggests the property for another spelling of it: `completed[]`, `createdAfter`, `limt`. */
function unknownName(name: string, known: ReadonlySet<string>): string {
  const meant = name
    .replace(/\[.*$/s, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_')
    .replaceAll('-', '_')
    .toLowerCase();
  if (known.has(meant)) return `${UNKNOWN}; send ${meant}`;
  const similar = PLAIN_NAME.test(name) ? similarName(meant, [...known]) : undefined;
  return similar === undefined ? UNKNOWN : `${UNKNOWN}; is ${similar} meant?`;
}

const propertiesByDto = new WeakMap<object, ReadonlySet<string>>();

function knownProperties(dto: Type): ReadonlySet<string> {
  let known = propertiesByDto.get(dto);
  if (known === undefined) {
    const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
    known = new Set(rules.map(({ propertyName }) => propertyName));
    propertiesByDto.set(dto, known);
  }
  return known;
}

/**
 * Class decorator: the schema of a request body. It is closed, as unknown properties are refused
 * (http/input/request-validation.ts).
 */
export function RequestSchema(
  name: string,
  rest: Pick<SchemaObject, 'description' | 'minProperties'>,
): ClassDecorator {
  const schema = { name, additionalProperties: false, ...rest };
  return ApiSchema(schema);
}
