import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DocumentedOperation } from '../../src/openapi/operations';
import { hasTime } from '../../src/tasks/dto/time-rules';
import { canonicalRecurrence, recurrenceFault } from '../../src/tasks/dto/recurrence-rules';
import { tagFault } from '../../src/tasks/dto/task-rules';
import { FIELD_NAMES } from '../../src/tasks/task-fields';
import { NEW_TASK } from '../support/app/task-fields';
import type { TaskBody } from '../support/http/answers';
import { aTask } from '../support/http/lists';
import { bodySchema, querySchema, SchemaArbitraries } from '../support/openapi/schema-arbitraries';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';
import { LARGE_PROOFS } from '../support/large-proofs';

const RUNS = LARGE_PROOFS ? 100 : 40;

/** What a client decides about a task. */
interface Written {
  readonly title?: string;
  readonly description?: string | null;
  readonly completed?: boolean;
  readonly due?: string | null;
  readonly time_zone?: string | null;
  readonly recurrence?: string | null;
  readonly recurrence_from?: 'due' | 'completion' | null;
  readonly priority?: number | null;
  readonly tags?: readonly string[] | null;
  readonly parent_id?: string | null;
}

/** What no schema can say: of a zone beside a time, and of tags that are the same. */
function isLawful({ due, time_zone: zone, recurrence, completed, tags }: Written): boolean {
  const ruleIsLawful =
    recurrence == null ||
    (completed !== true && recurrenceFault(recurrence, { due: due ?? null }) === undefined);
  const zoneIsLawful = zone == null || hasTime(due ?? null);
  const composed = tags?.map((tag) => tag.normalize('NFC')) ?? [];
  const tagsAreLawful = composed.every((tag, n) => !tagFault(tag, composed.slice(0, n)));
  return zoneIsLawful && ruleIsLawful && tagsAreLawful;
}

/** A task as it is stored that was written in this way, and was like that before. */
function writtenOn(
  before: Required<Written>,
  { title, recurrence_from: origin, priority, tags, parent_id: parent, ...body }: Written,
): Required<Written> {
  const given = Object.fromEntries(Object.entries(body).filter(([name]) => name in before));
  const clearsZone = body.due !== undefined && !hasTime(body.due);
  const written = {
    ...before,
    ...(clearsZone && { time_zone: null }),
    ...(body.due === null && { recurrence: null }),
    ...given,
    ...(title !== undefined && { title: title.trim() }),
    ...(origin !== undefined && { recurrence_from: origin ?? 'due' }),
    ...(priority !== undefined && { priority: priority ?? 0 }),
    ...(parent !== undefined && { parent_id: parent?.toLowerCase() ?? null }),
    ...(tags !== undefined && { tags: tags?.map((tag) => tag.normalize('NFC')) ?? [] }),
  };
  const rule = written.completed ? null : written.recurrence;
  return { ...written, recurrence: canonicalRecurrence({ value: rule }) as string | null };
}

/** A parent is a task that is there. */
function withParent(body: Written, id: string): Written {
  return body.parent_id == null ? body : { ...body, parent_id: id.toUpperCase() };
}

function operationOf({ documented }: TestedApi, id: string): DocumentedOperation {
  const found = documented.operations.find(({ operation }) => operation.operationId === id);
  if (found === undefined) throw new Error(`There is no operation ${id}`);
  return found;
}

/** A query is text: what is no text is a value of JSON first. */
function asText(query: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts = Object.entries(query).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return Object.fromEntries(texts) as Record<string, string>;
}

/** What a reader of the schema makes of a text. */
function asTyped(query: Record<string, string>): object {
  return Object.fromEntries(
    Object.entries(query).map(([name, text]) => {
      if (name === 'tag') return [name, [text]];
      if (NUMBERS.includes(name) && /^(0|-?[1-9]\d*)$/.test(text)) return [name, Number(text)];
      const isBoolean = BOOLEANS.includes(name) && (text === 'true' || text === 'false');
      return [name, isBoolean ? text === 'true' : text];
    }),
  );
}

const NUMBERS = ['limit', 'priority', 'priority_min'];
const BOOLEANS = ['completed', 'overdue', 'no_due'];

/** What no schema can say of a query: of a zone that nothing asks for, and of tags. */
function isLawfulQuery(query: Readonly<Record<string, unknown>>): boolean {
  const { time_zone: zone, overdue, tag = [] } = query;
  return (
    (zone === undefined || overdue !== undefined) && isLawful({ tags: tag as readonly string[] })
  );
}

function asParameters(query: Readonly<Record<string, unknown>>): string {
  const parameters = new URLSearchParams();
  for (const [name, values] of Object.entries(query)) {
    for (const value of [values].flat()) parameters.append(name, String(value));
  }
  return parameters.toString();
}

describe('whatever the OpenAPI document allows', () => {
  let app: TestedApi;
  let caller: Caller;
  let task: TaskBody;
  let parent: TaskBody;
  let path: string;
  let arbitraries: SchemaArbitraries;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
    parent = await aTask(app, caller);
    task = await aTask(app, caller);
    path = `/api/${caller.userId}/tasks/${task.id}`;
    arbitraries = new SchemaArbitraries(app.documented);
  });
  afterAll(() => app.stop());

  /** Every run of the property, with other values; a failure tells how to repeat it. */
  const always = <Value>(
    values: fc.Arbitrary<Value>,
    holds: (value: Value) => Promise<void>,
  ): Promise<void> => fc.assert(fc.asyncProperty(values, holds), { numRuns: RUNS });
  const bodiesOf = (id: string): fc.Arbitrary<Written> =>
    arbitraries
      .valid(bodySchema(operationOf(app, id).operation), {
        id: task.id,
        user_id: caller.userId.toUpperCase(),
      })
      .map((body) => withParent(body as Written, parent.id))
      .filter(isLawful);

  /** What is stored, what was answered and what is read are the same bytes. */
  const expectKept = async (answered: string, expected: Required<Written>): Promise<void> => {
    const { id, ...rest } = JSON.parse(answered) as TaskBody;
    expect(rest).toMatchObject(expected);
    const read = await app.send('get', `/api/me/tasks/${id}`, caller).buffer(true);
    expect(read.text).toBe(answered);
    const stored = await app.database.query(
      `select ${FIELD_NAMES.join(', ')} from tasks where user_id = $1 and id = $2`,
      [caller.userId, id],
    );
    expect(stored).toEqual([expected]);
    const listed = await app
      .send('get', '/api/me/tasks?sort=-updated_at&limit=2', caller)
      .buffer(true);
    // A task that follows it was made in the same millisecond.
    expect(listed.text).toContain(answered);
  };

  it('is created, and kept to the byte', async () => {
    await always(bodiesOf('createTask'), async (body) => {
      const response = await app.send('post', '/api/me/tasks', caller).send(body);

      expect(response.status).toBe(201);
      await expectKept(response.text, writtenOn(NEW_TASK, body));
    });
  }, 60_000);

  it('replaces a task, and is kept to the byte', async () => {
    await always(bodiesOf('replaceTask'), async (body) => {
      const response = await app.send('put', path, caller).send(body);

      expect(response.status).toBe(200);
      await expectKept(response.text, writtenOn(NEW_TASK, body));
    });
  }, 60_000);

  it('patches a task, which keeps the rest to the byte', async () => {
    await always(bodiesOf('patchTask'), async (given) => {
      // Only an open task gets a rule.
      const body = given.recurrence == null ? given : { ...given, completed: false };
      const before = (await app.send('get', path, caller)).body as TaskBody;
      const fields = Object.fromEntries(FIELD_NAMES.map((name) => [name, before[name]]));
      const response = await app.send('patch', path, caller).send(body);

      expect(response.status).toBe(200);
      await expectKept(response.text, writtenOn(fields as unknown as Required<Written>, body));
    });
  }, 60_000);

  it('filters a list', async () => {
    const schema = querySchema(operationOf(app, 'listTasks').operation, ['cursor']);
    const queries = arbitraries.valid(schema) as fc.Arbitrary<Record<string, unknown>>;
    await always(queries.filter(isLawfulQuery), async (query) => {
      const parameters = asParameters(query);
      const response = await app.send('get', `/api/me/tasks?${parameters}`, caller);

      expect(response.status).toBe(200);
    });
  }, 60_000);

  it('finds a task by any part of its title', async () => {
    const parts = fc.tuple(bodiesOf('createTask'), fc.nat(), fc.nat());
    await always(parts, async ([{ title = '' }, from, length]) => {
      await app.send('put', path, caller).send({ title });
      const points = Array.from(title.trim());
      const start = from % points.length;
      const part = points.slice(start, start + 1 + (length % points.length)).join('');

      const query = new URLSearchParams({ q: part, sort: 'updated_at' }).toString();
      const response = await app.send('get', `/api/me/tasks?${query}&limit=200`, caller);

      expect(response.status).toBe(200);
      const ids = (response.body.items as TaskBody[]).map(({ id }) => id);
      expect(response.body.next_cursor === null ? ids : [...ids, task.id]).toContain(task.id);
    });
  }, 60_000);
});

describe('whatever it does not allow', () => {
  let app: TestedApi;
  let caller: Caller;
  let task: TaskBody;
  let arbitraries: SchemaArbitraries;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
    task = await aTask(app, caller);
    arbitraries = new SchemaArbitraries(app.documented);
  });
  afterAll(() => app.stop());

  const pathTo = (template: string): string =>
    template.replace('{user_id}', caller.userId).replace('{task_id}', task.id);

  it.each(['createTask', 'replaceTask', 'patchTask', 'completeTask'])(
    'is refused by %s, and changes nothing',
    async (id) => {
      const { method, path, operation } = operationOf(app, id);
      const faulty = arbitraries.withOneFault(bodySchema(operation));

      await fc.assert(
        fc.asyncProperty(faulty, async (body) => {
          const response = await app
            .send(method, pathTo(path), caller)
            .set('Content-Type', 'application/json')
            .send(JSON.stringify(body));

          expect([response.status, response.body.code]).toEqual([400, 'validation']);
        }),
        { numRuns: RUNS },
      );
      const { body } = await app.send('get', '/api/me/tasks', caller);
      expect(body.items).toEqual([task]);
    },
    60_000,
  );

  it('is refused by a list', async () => {
    const { operation } = operationOf(app, 'listTasks');
    const schema = querySchema(operation, ['cursor']);
    const faulty = arbitraries
      .withOneFault(schema)
      .map((query) => asText(query))
      .filter((query) => app.documented.faultsOfValue(schema, asTyped(query)).length > 0);

    await fc.assert(
      fc.asyncProperty(faulty, async (query) => {
        const parameters = new URLSearchParams(query).toString();
        const response = await app.send('get', `/api/me/tasks?${parameters}`, caller);

        expect(response.status).toBe(400);
      }),
      { numRuns: RUNS },
    );
  }, 60_000);

  it.each(['createTask', 'replaceTask', 'patchTask'])(
    'is refused by %s, cut off anywhere',
    async (id) => {
      const { method, path, operation } = operationOf(app, id);
      const cut = fc
        .tuple(arbitraries.valid(bodySchema(operation)), fc.nat())
        .map(([body, at]) =>
          JSON.stringify(body).slice(0, 1 + (at % (JSON.stringify(body).length - 1))),
        );

      await fc.assert(
        fc.asyncProperty(cut, async (text) => {
          const response = await app
            .send(method, pathTo(path), caller)
            .set('Content-Type', 'application/json')
            .send(text);

          expect([response.status, response.body.code]).toEqual([400, 'malformed-json']);
        }),
        { numRuns: RUNS },
      );
    },
    60_000,
  );
});
