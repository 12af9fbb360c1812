import type { OpenAPIObject, OperationObject, SchemaObject } from '@nestjs/swagger';
import { operationsOf } from '../../../src/openapi/operations';

/** Generators parse these into types of their own, and would then match the pattern with the result. */
const PARSED_FORMATS: readonly unknown[] = ['date-time', 'date', 'time', 'uuid'];
/** What RE2 (Go), Python and Java read as JavaScript does. */
const PORTABLE_ESCAPE = /^\\(?:x[0-9a-f]{2}|[tnrfv.*+?()[\]{}|^$/\\-])/;
const LOOKAROUND = /\(\?(?:[=!]|<[=!])/;
const PRINTABLE_ASCII = /^[ -~]*$/;
const NAME = /^[A-Za-z][A-Za-z0-9_]*$/;
const LONGEST_NAME = 30;

type Node = Readonly<Record<string, unknown>>;

/** Each place of the document where a known generator of clients stumbles, and why. */
export function stumblingBlocks(document: OpenAPIObject): readonly string[] {
  return [
    ...walk(document as unknown as Node, '#').flatMap(([place, node]) =>
      [...faultsOfSchema(node), ...faultsOfDescription(place, node)].map((f) => `${place}: ${f}`),
    ),
    ...operationsOf(document).flatMap(({ method, path, operation }) =>
      faultsOfOperation(path, operation).map((fault) => `${method} ${path}: ${fault}`),
    ),
    ...faultsOfComponents(document),
    ...(document.servers ?? []).flatMap(({ url }) =>
      URL.canParse(url) ? [] : [`the server ${url} is not absolute`],
    ),
  ];
}

/** All objects that may be schemas; examples are values. */
function walk(node: unknown, place: string): readonly (readonly [string, Node])[] {
  if (typeof node !== 'object' || node === null) return [];
  const inside = Object.entries(node).flatMap(([key, value]) =>
    key === 'example' || key === 'examples' ? [] : walk(value, `${place}/${key}`),
  );
  return Array.isArray(node) ? inside : [[place, node as Node], ...inside];
}

function faultsOfSchema(node: Node): readonly string[] {
  const { pattern, format, properties, anyOf, oneOf, allOf } = node as SchemaObject;
  return [
    ...(typeof pattern === 'string' ? faultsOfPattern(pattern) : []),
    ...(typeof pattern === 'string' && PARSED_FORMATS.includes(format)
      ? [`has a pattern beside the format ${String(format)}`]
      : []),
    ...(properties !== undefined && (anyOf ?? oneOf ?? allOf) !== undefined
      ? ['has properties beside anyOf, oneOf or allOf']
      : []),
    ...faultsOfEnum(node),
  ];
}

function faultsOfPattern(pattern: string): readonly string[] {
  const escapes = pattern.match(/\\(?:x..|[^])/g) ?? [];
  const strange = escapes.filter((escape) => !PORTABLE_ESCAPE.test(escape));
  return [
    ...(strange.length > 0 ? [`has a pattern with ${strange.join(' ')}`] : []),
    ...(PRINTABLE_ASCII.test(pattern) ? [] : ['has a pattern that is not printable ASCII']),
    ...(LOOKAROUND.test(pattern) ? ['has a pattern with a lookaround'] : []),
  ];
}

function faultsOfEnum({ enum: values, ...rest }: Node): readonly string[] {
  if (!Array.isArray(values) || values.every((value) => /^[\w= ]+$/.test(String(value)))) return [];
  const names: unknown = rest['x-enum-varnames'];
  const isNamed =
    Array.isArray(names) &&
    new Set(names).size === values.length &&
    names.every((name) => NAME.test(String(name)));
  return isNamed ? [] : ['has values that cannot be names, without x-enum-varnames'];
}

/** Schemas, their properties, parameters, headers, responses: what becomes the docs of a client. */
const DESCRIBED =
  /\/(?:components\/(?:schemas|headers|responses|securitySchemes)\/[^/]+|components\/schemas\/[^/]+\/properties\/[^/]+|parameters\/\d+|responses\/\d+|tags\/\d+|(?:get|put|post|patch|delete))$/;

function faultsOfDescription(place: string, node: Node): readonly string[] {
  if (!DESCRIBED.test(place) || '$ref' in node) return [];
  const { description } = node;
  return typeof description === 'string' && description.length > 2 ? [] : ['has no description'];
}

function faultsOfOperation(path: string, operation: OperationObject): readonly string[] {
  const inPath = (operation.parameters ?? []).flatMap((parameter) =>
    'in' in parameter && parameter.in === 'path' ? [`{${parameter.name}}`] : [],
  );
  const first = (operation.parameters ?? []).slice(0, inPath.length);
  const lead = first.every((parameter) => 'in' in parameter && parameter.in === 'path');
  return [
    ...(inPath.join() === (path.match(/\{\w+\}/g) ?? []).join() && lead
      ? []
      : ['does not list the parameters of its path first, in their order']),
    ...((operation.security ?? []).some((scheme) => Object.values(scheme).some((s) => s.length > 0))
      ? ['names scopes of a scheme that has none']
      : []),
  ];
}

function faultsOfComponents({ components }: OpenAPIObject): readonly string[] {
  const { schemas = {}, responses = {} } = components ?? {};
  const requests = Object.entries(schemas).filter(
    ([, schema]) => 'additionalProperties' in schema && schema.additionalProperties === false,
  );
  return [
    ...[...Object.keys(schemas), ...Object.keys(responses)]
      .filter((name) => name.length > LONGEST_NAME || !NAME.test(name) || /[a-z]Or[A-Z]/.test(name))
      .map((name) => `${name} is no short name (RESPONSE_NAMES in problem-responses.ts)`),
    ...requests.flatMap(([name, schema]) =>
      Object.entries((schema as SchemaObject).properties ?? {})
        .filter(([, property]) => 'default' in property)
        // Generators make a field with a default required.
        .map(([property]) => `${name}.${property} has a default`),
    ),
    ...(isOpen(schemas['Problem'], 'code') ? [] : ['Problem.code is closed to new codes']),
  ];
}

function isOpen(schema: unknown, property: string): boolean {
  const { properties = {} } = schema as SchemaObject;
  const described = properties[property];
  return described !== undefined && !('enum' in described) && !('$ref' in described);
}
