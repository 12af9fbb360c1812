import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from '@jest/globals';
import type { MediaTypeObject, OpenAPIObject, OperationObject } from '@nestjs/swagger';
import type { Response } from 'supertest';
import { type DocumentedOperation, operationsOf } from '../../../src/openapi/operations';
import { NEIGHBOUR } from '../../../src/tasks/openapi/tasks.examples';
import { newTask } from '../../../src/tasks/task-id';
import { answerOf, problemAnswer, type TaskBody } from './answers';
import { firstBlock } from './event-reader';
import { aTask } from './lists';
import { aDeletedTask, trashOf } from './trash';
import type { TestedApi } from '../app/tested-api';
import { aCaller, type Caller } from '../app/tokens';

/** The same document that the application serves: openapi.spec.ts compares them. */
export const DOCUMENT = JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenAPIObject;

interface Owner {
  readonly caller: Caller;
  readonly task: TaskBody;
  /** In the trash. */
  readonly deleted: TaskBody;
}

/** One value for each placeholder of a path. */
export type Names = Readonly<Record<'user_id' | 'task_id', string>>;

export interface Operation extends DocumentedOperation {
  readonly name: string;
  /** Every body that the document shows for it; undefined where it shows none. */
  readonly bodies: readonly [object | undefined, ...(object | undefined)[]];
  readonly names: readonly string[];
}

export function scopedOperations(document: OpenAPIObject): readonly Operation[] {
  return operationsOf(document)
    .filter(({ path }) => path.includes('{user_id}'))
    .map((documented) => ({
      ...documented,
      name: `${documented.method.toUpperCase()} ${documented.path}`,
      bodies: bodiesOf(documented.operation),
      names: [...documented.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''),
    }));
}

function bodiesOf({ requestBody }: OperationObject): Operation['bodies'] {
  if (requestBody === undefined || '$ref' in requestBody) return [undefined];
  const { examples = {} }: MediaTypeObject = requestBody.content['application/json'] ?? {};
  const shown = Object.values(examples).map((example) =>
    'value' in example ? (example.value as object) : undefined,
  );
  const [first, ...rest] = shown;
  if (first === undefined) throw new Error('The document shows no example of a body');
  return requestBody.required === true ? [first, ...rest] : [undefined, first, ...rest];
}

/** @throws Error for a placeholder whose owner the matrix does not know. */
export function pathOf({ path, names }: Operation, values: Names): string {
  return names.reduce((filled, name) => {
    if (!(name in values)) throw new Error(`Teach the matrix whose a {${name}} is`);
    return filled.replace(`{${name}}`, values[name as keyof Names]);
  }, path);
}

/** The task of somebody that an operation can be about. */
function taskFor({ path }: Operation, { task, deleted }: Owner): TaskBody {
  return path.includes('/trash') ? deleted : task;
}

export const OPERATIONS = scopedOperations(DOCUMENT);
export const CASES: [string, Operation, object | undefined][] = OPERATIONS.flatMap((operation) =>
  operation.bodies.map((body): [string, Operation, object | undefined] => [
    body === undefined ? operation.name : `${operation.name} ${JSON.stringify(body)}`,
    operation,
    body,
  ]),
);

function isStream({ operation }: Operation): boolean {
  const answer = operation.responses['200'];
  return (
    answer !== undefined && 'content' in answer && 'text/event-stream' in (answer.content ?? {})
  );
}

/** What the matrix is held against. It is not stopped here. */
type Api = Pick<TestedApi, 'send' | 'database'>;

/** Declares the tests of isolation for every operation on a user. */
export function declareMatrix(api: () => Api): void {
  let app: Api;
  let victim: Owner;

  const anOwner = async (): Promise<Owner> => {
    const caller = await aCaller();
    return { caller, task: await aTask(app, caller), deleted: await aDeletedTask(app, caller) };
  };

  beforeAll(async () => {
    app = api();
    victim = await anOwner();
  });

  const send = (operation: Operation, values: Names, body?: object, caller?: Caller) => {
    const test = app.send(operation.method, pathOf(operation, values), caller);
    if (isStream(operation)) test.buffer(true).parse(firstBlock);
    return test.send(body).then((response) => response);
  };

  /** Every byte of what the victim has. */
  const belongings = async (): Promise<unknown> => [
    await app.database.query('select users::text, xmin from users where id = $1', [
      victim.caller.userId,
    ]),
    await app.database.query('select tasks::text, xmin from tasks where user_id = $1', [
      victim.caller.userId,
    ]),
    await app.database.query('select trash::text, xmin from trash where user_id = $1', [
      victim.caller.userId,
    ]),
  ];

  /** The work must leave the victim's rows alone, to the transaction that wrote them. */
  const leavingTheVictimAlone = async (work: () => Promise<Response>): Promise<Response> => {
    const before = await belongings();
    const response = await work();
    expect(await belongings()).toEqual(before);
    return response;
  };

  it.each(CASES)('no token: 401 — %s', async (_, operation, body) => {
    const response = await leavingTheVictimAlone(() =>
      send(
        operation,
        { user_id: victim.caller.userId, task_id: taskFor(operation, victim).id },
        body,
      ),
    );

    expect(answerOf(response)).toEqual(
      problemAnswer('unauthenticated', { headers: { 'www-authenticate': 'Bearer' } }),
    );
  });

  it.each(CASES)('the own path: done — %s', async (_, operation, body) => {
    const owner = await anOwner();
    const { caller } = owner;
    const other = await aTask(app, caller);
    const own = body && (JSON.parse(JSON.stringify(body).replace(NEIGHBOUR, other.id)) as object);
    const response = await leavingTheVictimAlone(() =>
      send(
        operation,
        { user_id: caller.userId, task_id: taskFor(operation, owner).id },
        own,
        caller,
      ),
    );

    expect(Math.floor(response.status / 100)).toBe(2);
    expect(response.text).not.toContain(victim.caller.userId);
    for (const { id } of [victim.task, victim.deleted]) expect(response.text).not.toContain(id);
  });

  it.each(CASES)("another user's path: 403, existing or not — %s", async (_, operation, body) => {
    const owner = await anOwner();
    const { caller, task } = owner;
    const [own, others] = [taskFor(operation, owner), taskFor(operation, victim)];
    const attempts: Names[] = [
      { user_id: victim.caller.userId, task_id: others.id },
      { user_id: victim.caller.userId, task_id: own.id },
      { user_id: victim.caller.userId.toUpperCase(), task_id: others.id },
      { user_id: newTask().id, task_id: others.id },
      { user_id: newTask().id, task_id: newTask().id },
    ];

    for (const names of attempts) {
      const response = await leavingTheVictimAlone(() => send(operation, names, body, caller));
      expect(answerOf(response)).toEqual(problemAnswer('forbidden'));
    }
    expect((await app.send('get', `/api/me/tasks/${task.id}`, caller)).body).toEqual(task);
  });

  it.each(CASES.filter(([, { names }]) => names.includes('task_id')))(
    "another user's task under the own path: 404, as a missing one — %s",
    async (_, operation, body) => {
      const { caller } = await anOwner();

      for (const taskId of [victim.task.id, victim.deleted.id, newTask().id]) {
        for (const userId of [caller.userId, 'me']) {
          const response = await leavingTheVictimAlone(() =>
            send(operation, { user_id: userId, task_id: taskId }, body, caller),
          );
          expect(answerOf(response)).toEqual(problemAnswer('task-not-found'));
        }
      }
    },
  );

  it.each<readonly [string, 'post' | 'put' | 'patch', string, string]>([
    ['a move', 'post', '/move', 'after'],
    ['a move', 'post', '/move', 'before'],
    ['a replacement', 'put', '', 'parent_id'],
    ['a patch', 'patch', '', 'parent_id'],
  ])(
    "another user's task in the body of %s: as a missing one — %s %s %s",
    async (_, method, end, property) => {
      const { caller, task } = await anOwner();
      const answers = [];

      for (const id of [newTask().id, victim.task.id, victim.deleted.id]) {
        const response = await leavingTheVictimAlone(() =>
          app
            .send(method, `/api/me/tasks/${task.id}${end}`, caller)
            .send({ ...(end === '' && { title: 'x' }), [property]: id })
            .then((answer) => answer),
        );
        expect(response.status).toBeGreaterThanOrEqual(400);
        answers.push(answerOf(response));
      }

      const [missing, ...foreign] = answers.map(({ body, ...rest }) => ({
        ...rest,
        body: { ...(body as object), request_id: '' },
      }));
      for (const answer of foreign) expect(answer).toEqual(missing);
      expect((await app.send('get', `/api/me/tasks/${task.id}`, caller)).body).toEqual(task);
    },
  );

  it("the victim's rows were there all along", async () => {
    const path = `/api/me/tasks/${victim.task.id}`;
    expect((await app.send('get', path, victim.caller)).body).toEqual(victim.task);
    expect((await trashOf(app, victim.caller)).body.items).toEqual([
      expect.objectContaining(victim.deleted),
    ]);
  });
}
