import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type {
  ExampleObject,
  OpenAPIObject,
  ParameterObject,
  ReferenceObject,
  RequestBodyObject,
  ResponseObject,
} from '@nestjs/swagger';
import type { AnySchemaObject } from 'ajv/dist/2020';
import type { Express } from 'express';
import { load } from 'js-yaml';
import { describeApi } from '../../src/openapi/openapi-document';
import { NEIGHBOUR } from '../../src/tasks/openapi/tasks.examples';
import { isPublic } from '../../src/openapi/operations';
import { DocumentedApi } from '../support/openapi/openapi-validation';
import { TestApplication } from '../support/app/test-application';
import { aCaller, type Caller } from '../support/app/tokens';

const COMMITTED = readFileSync('openapi.json', 'utf8');
const DOCUMENT = JSON.parse(COMMITTED) as OpenAPIObject;
const DOCUMENTED = new DocumentedApi(DOCUMENT);
const OPERATIONS = DOCUMENTED.operations.map((entry) => ({
  ...entry,
  name: `${entry.method.toUpperCase()} ${entry.path}`,
}));
const ANY_TASK = '0192a5d0-0000-7000-8000-000000000000';
/** Pages for people, and the document itself. */
const NOT_OF_THE_API = /^\/((docs|problems|openapi\.(json|yaml))(\/|$)|$)/;

describe('the OpenAPI document', () => {
  let app: TestApplication;
  let caller: Caller;

  beforeAll(async () => {
    app = await TestApplication.start();
    caller = await aCaller();
  });
  afterAll(() => app.stop());

  it('is the committed one, to the letter, but for where the server is', async () => {
    const { text, type } = await app.send('get', '/openapi.json');

    expect(type).toBe('application/json');
    const { servers, ...served } = JSON.parse(text) as OpenAPIObject;
    const { servers: examples, ...committed } = DOCUMENT;
    expect(JSON.stringify(served)).toBe(JSON.stringify(committed));
    expect(servers).toEqual([{ url: '/', description: 'This server' }]);
    expect(examples).toEqual([
      { url: 'http://127.0.0.1:3000', description: 'As `npm start` serves it' },
    ]);
  });

  it('is the same in YAML', async () => {
    const { text, type } = await app.send('get', '/openapi.yaml');

    expect(type).toBe('text/yaml');
    expect(load(text)).toEqual(JSON.parse((await app.send('get', '/openapi.json')).text));
  });

  it('is the same each time that it is made', () => {
    expect(JSON.stringify(describeApi(app.nest))).toBe(JSON.stringify(DOCUMENT));
  });

  it('has every route of the application, and no other', () => {
    const express: Express = app.nest.getHttpAdapter().getInstance();
    const routes = express.router.stack.flatMap(({ route }) => {
      if (route === undefined || NOT_OF_THE_API.test(route.path)) return [];
      const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
      const methods = route.stack.map(({ method }): string | undefined => method);
      // A refusal of other methods has none of its own.
      return methods.flatMap((method) => (method ? `${method.toUpperCase()} ${path}` : []));
    });

    expect(OPERATIONS.map(({ name }) => name).sort()).toEqual(routes.sort());
  });

  it('names each operation once', () => {
    const ids = OPERATIONS.map(({ operation }) => operation.operationId);

    expect(ids.every((id) => /^[a-z]+([A-Z][a-z]+)*$/.test(id ?? ''))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('describes each of its tags', () => {
    expect(new Set(OPERATIONS.flatMap(({ operation }) => operation.tags ?? []))).toEqual(
      new Set(DOCUMENT.tags?.map(({ name }) => name)),
    );
  });

  it('keeps nothing of how it was made', () => {
    expect(COMMITTED).not.toContain('x-problems');
    expect(COMMITTED).not.toMatch(/"description": ""/);
  });

  describe.each(OPERATIONS)('$name', ({ method, path, operation }) => {
    const url = path.replace('{user_id}', 'me').replace('{task_id}', ANY_TASK);

    it('has a summary, a tag and the errors that follow from its form', () => {
      const statuses = Object.keys(operation.responses);

      expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
      expect(operation.tags).toHaveLength(1);
      expect(statuses).toEqual(expect.arrayContaining(['431', '500']));
      if (!isPublic(operation)) {
        expect(statuses).toEqual(expect.arrayContaining(['400', '401', '403', '429', '503']));
      }
      if (path.includes('{task_id}')) expect(statuses).toContain('404');
      if (operation.requestBody !== undefined) {
        expect(statuses).toEqual(expect.arrayContaining(['400', '413', '415']));
      }
    });

    it('asks for a token exactly if the document says so', async () => {
      const { status } = await app.send(method, url);

      expect(status === 401).toBe(!isPublic(operation));
    });

    it('has examples that are valid', () => {
      const parts = [operation.requestBody, ...Object.values(operation.responses)];

      for (const { schema, values } of parts.flatMap(mediaTypesOf)) {
        expect(values.flatMap((value) => DOCUMENTED.faultsOfValue(schema, value))).toEqual([]);
      }
    });

    it('has no example of an optional header, because the explorer would send it', () => {
      const exemplified = (operation.parameters ?? [])
        .map((parameter) => DOCUMENTED.resolve<ParameterObject>(parameter))
        .filter(({ in: place, required }) => place === 'header' && required !== true)
        .filter((header) => 'example' in header || 'example' in (header.schema ?? {}));

      expect(exemplified).toEqual([]);
    });

    it('accepts its examples as they stand', async () => {
      const task = await app.send('post', '/api/me/tasks', caller).send({ title: 'An example' });
      const other = await app.send('post', '/api/me/tasks', caller).send({ title: 'Another' });
      const target = url.replace(ANY_TASK, task.body.id);

      for (const { type, values } of mediaTypesOf(operation.requestBody)) {
        expect(values).not.toEqual([]);
        for (const value of values) {
          const sent = app.send(method, target, caller).set('Content-Type', type);
          expect(
            (await sent.send(JSON.stringify(value).replace(NEIGHBOUR, other.body.id))).ok,
          ).toBe(true);
        }
      }
    });
  });
});

interface ExemplifiedType {
  readonly type: string;
  readonly schema: AnySchemaObject;
  readonly values: readonly unknown[];
}

function mediaTypesOf(
  part: RequestBodyObject | ResponseObject | ReferenceObject | undefined,
): readonly ExemplifiedType[] {
  if (part === undefined) return [];
  const { content = {} } = DOCUMENTED.resolve<Partial<RequestBodyObject>>(part);
  return Object.entries(content).map(([type, { schema = {}, example, examples = {} }]) => ({
    type,
    schema,
    values: [
      ...(example === undefined ? [] : [example as unknown]),
      ...Object.values(examples).map((e) => DOCUMENTED.resolve<ExampleObject>(e).value as unknown),
    ],
  }));
}
