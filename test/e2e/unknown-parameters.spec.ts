import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MediaTypeObject, OpenAPIObject, OperationObject } from '@nestjs/swagger';
import type { Response } from 'supertest';
import { type DocumentedOperation, operationsOf } from '../../src/openapi/operations';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';
import { answerOf, problemAnswer, type TaskBody } from '../support/http/answers';
import { aTask } from '../support/http/lists';

/** The same document that the application serves: openapi.spec.ts compares them. */
const DOCUMENT = JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenAPIObject;

const isProbe = ({ path }: DocumentedOperation): boolean => path.startsWith('/health/');
const titled = (operations: readonly DocumentedOperation[]): [string, DocumentedOperation][] =>
  operations.map((one) => [`${one.method.toUpperCase()} ${one.path}`, one]);

const OPERATIONS = operationsOf(DOCUMENT);
const REFUSING = titled(OPERATIONS.filter((operation) => !isProbe(operation)));
const PROBES = titled(OPERATIONS.filter(isProbe));
const WITH_BODY = REFUSING.filter(([, { operation }]) => operation.requestBody !== undefined);
const PAGES = ['/docs/', '/openapi.json', '/openapi.yaml', '/problems', '/problems/validation'];

/** What is refused, as the document lets expect. */
function refusalOf({ parameters = [] }: OperationObject): string {
  const takesAny = parameters.some((one) => 'in' in one && one.in === 'query');
  return takesAny ? 'is not known here' : 'is not known here, where there are no parameters';
}

function exampleBody({ requestBody }: OperationObject): object | undefined {
  if (requestBody === undefined || '$ref' in requestBody) return undefined;
  const { examples = {} }: MediaTypeObject = requestBody.content['application/json'] ?? {};
  const [example] = Object.values(examples);
  return example !== undefined && 'value' in example ? (example.value as object) : undefined;
}

describe('a parameter that an operation does not know', () => {
  let app: TestedApi;
  let caller: Caller;
  let task: TaskBody;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
    task = await aTask(app, caller);
  });
  afterAll(() => app.stop());

  const send = ({ method, path }: DocumentedOperation, query: string, by?: Caller) =>
    app.send(
      method,
      `${path.replace('{user_id}', 'me').replace('{task_id}', task.id)}?${query}`,
      by,
    );
  const everything = () =>
    app.database.query('select tasks::text, xmin from tasks where user_id = $1', [caller.userId]);

  it.each(REFUSING)('is refused by name, and nothing is done: %s', async (_, operation) => {
    const before = await everything();
    const response = await send(operation, 'colour=red', caller).send(
      exampleBody(operation.operation),
    );

    expect(answerOf(response)).toEqual(
      problemAnswer('validation', {
        errors: [{ parameter: 'colour', detail: refusalOf(operation.operation) }],
      }),
    );
    expect(await everything()).toEqual(before);
  });

  it.each(REFUSING)('says nothing to whom the route is closed: %s', async (_, operation) => {
    const { status } = await send(operation, 'colour=red');

    expect(status).toBe(401);
  });

  it.each(WITH_BODY)(
    'comes after what is wrong with the body as such: %s',
    async (_, operation) => {
      const codeOf = ({ body }: Response): unknown => (body as { code: unknown }).code;
      const post = (type: string, body: string) =>
        send(operation, 'colour=red', caller).set('Content-Type', type).send(body);

      expect(codeOf(await post('text/plain', '{}'))).toBe('unsupported-media-type');
      expect(codeOf(await post('application/json', 'x'.repeat(1_100_000)))).toBe(
        'payload-too-large',
      );
      expect(codeOf(await post('application/json', '{'))).toBe('malformed-json');
      const { body } = await post('application/json', '{"nonsense":1}');
      expect(body).toMatchObject({ code: 'validation', errors: [{ parameter: 'colour' }] });
    },
  );

  it.each(PROBES)('is ignored by a probe: %s', async (_, operation) => {
    expect((await send(operation, 'colour=red')).status).toBe(200);
  });

  it.each(PAGES)('is ignored by the page %s', async (path) => {
    const response = await fetch(`${app.url}${path}?colour=red`);
    await response.arrayBuffer();

    expect(response.status).toBe(200);
  });
});
