import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { OpenAPIObject, OperationObject, SchemaObject } from '@nestjs/swagger';
import { stumblingBlocks } from '../../support/openapi/generator-rules';

const COMMITTED = readFileSync('openapi.json', 'utf8');

/** The schema of that name, in a copy of the document that a test may spoil. */
function schemaOf(document: OpenAPIObject, name: string): SchemaObject {
  return document.components?.schemas?.[name] as SchemaObject;
}

function propertyOf(document: OpenAPIObject, schema: string, name: string): SchemaObject {
  return schemaOf(document, schema).properties?.[name] as SchemaObject;
}

function getTask(document: OpenAPIObject): OperationObject {
  const { get } = document.paths['/api/{user_id}/tasks/{task_id}'] ?? {};
  if (get === undefined) throw new Error('There is no getTask');
  return get;
}

describe('the OpenAPI document, for generators of clients', () => {
  it('has no stumbling block', () => {
    expect(stumblingBlocks(JSON.parse(COMMITTED) as OpenAPIObject)).toEqual([]);
  });

  it.each<[string, (document: OpenAPIObject) => unknown, string]>([
    [
      'a pattern beside the format of a time',
      (d) => Object.assign(propertyOf(d, 'Task', 'created_at'), { pattern: '^2' }),
      '#/components/schemas/Task/properties/created_at: has a pattern beside the format date-time',
    ],
    [
      'a pattern beside the format of a parameter',
      (d) =>
        Object.assign(getTask(d).parameters?.[1] ?? {}, {
          schema: { format: 'uuid', pattern: 'a' },
        }),
      'has a pattern beside the format uuid',
    ],
    [
      'fields that are required in turn',
      (d) => Object.assign(schemaOf(d, 'PatchTask'), { anyOf: [{ required: ['title'] }] }),
      '#/components/schemas/PatchTask: has properties beside anyOf',
    ],
    [
      'places that exclude each other',
      (d) => Object.assign(schemaOf(d, 'RequestFault'), { oneOf: [{ required: ['header'] }] }),
      '#/components/schemas/RequestFault: has properties beside anyOf',
    ],
    [
      'an escape that other languages do not know',
      (d) => Object.assign(propertyOf(d, 'CreateTask', 'title'), { pattern: '^[^\\u2028]*$' }),
      'has a pattern with \\u',
    ],
    [
      'a shorthand that other languages read otherwise',
      (d) => Object.assign(propertyOf(d, 'CreateTask', 'title'), { pattern: '^\\d+$' }),
      'has a pattern with \\d',
    ],
    [
      'a lookaround, which RE2 does not have',
      (d) => Object.assign(propertyOf(d, 'CreateTask', 'title'), { pattern: '^(?!x)' }),
      'has a pattern with a lookaround',
    ],
    [
      'a raw line separator in a pattern',
      (d) => Object.assign(propertyOf(d, 'CreateTask', 'title'), { pattern: '^[^\u2028]$' }),
      'has a pattern that is not printable ASCII',
    ],
    [
      'parameters in another order than in the path',
      (d) => getTask(d).parameters?.reverse(),
      'get /api/{user_id}/tasks/{task_id}: does not list the parameters of its path first',
    ],
    [
      'a field of a request with a default',
      (d) => Object.assign(propertyOf(d, 'ReplaceTask', 'completed'), { default: false }),
      'ReplaceTask.completed has a default',
    ],
    [
      'codes that are closed to new ones',
      (d) => Object.assign(propertyOf(d, 'Problem', 'code'), { enum: ['busy'] }),
      'Problem.code is closed',
    ],
    [
      'a server that is a path',
      (d) => Object.assign(d, { servers: [{ url: '/' }] }),
      'the server / is not absolute',
    ],
    [
      'the name of a response that lists its problems',
      (d) =>
        Object.assign(d.components?.responses ?? {}, {
          BusyOrForbidden: { description: 'It is.' },
        }),
      'BusyOrForbidden is no short name',
    ],
    [
      'orders without names',
      (d) => Reflect.deleteProperty(schemaOf(d, 'TaskSort'), 'x-enum-varnames'),
      '#/components/schemas/TaskSort: has values that cannot be names',
    ],
    [
      'a property without a description',
      (d) => Reflect.deleteProperty(propertyOf(d, 'Task', 'title'), 'description'),
      '#/components/schemas/Task/properties/title: has no description',
    ],
    [
      'an operation without a description',
      (d) => Reflect.deleteProperty(getTask(d), 'description'),
      '#/paths//api/{user_id}/tasks/{task_id}/get: has no description',
    ],
    [
      'scopes on a scheme that knows none',
      (d) => Object.assign(getTask(d), { security: [{ bearer_token: ['tasks:read'] }] }),
      'names scopes of a scheme that has none',
    ],
  ])('may not have %s', (_, spoil, block) => {
    const document = JSON.parse(COMMITTED) as OpenAPIObject;
    spoil(document);

    expect(stumblingBlocks(document)).toEqual([expect.stringContaining(block)]);
  });
});
