import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestApplication } from '../support/app/test-application';

interface WrittenRequest {
  readonly name: string;
  readonly method: Parameters<TestApplication['send']>[0];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** JavaScript for before the request, and for its answer. */
  readonly scripts: { readonly before: string; readonly after: string };
}

const BEFORE = /^< \{%([^]*?)%\}\n/m;
const AFTER = /^> \{%([^]*?)%\}\n/m;
/** The part of the format that requests.http uses: a title, a name, a head, a body. */
const REQUEST =
  /^#.*\n# @name (\w+)\n([A-Z]+) \{\{api\}\}(\S+)\n((?:[\w-]+: .*\n?)*)(?:\n([^]*))?$/;

function parse(text: string): readonly WrittenRequest[] {
  const [, ...parts] = text.split(/^##(?=# )/m);
  return parts.map((part) => {
    const [, name, method, path, head, body] =
      REQUEST.exec(part.replace(BEFORE, '').replace(AFTER, '')) ?? [];
    if (name === undefined || method === undefined || path === undefined) throw new Error(part);
    const headers = (head ?? '').split('\n').flatMap((line) => {
      const [field, value] = line.split(': ');
      return field === undefined || value === undefined ? [] : [[field, value] as const];
    });
    return {
      name,
      method: method.toLowerCase() as WrittenRequest['method'],
      path,
      headers: Object.fromEntries(headers),
      body: body?.trim() === '' ? undefined : body,
      scripts: { before: BEFORE.exec(part)?.[1] ?? '', after: AFTER.exec(part)?.[1] ?? '' },
    };
  });
}

describe('requests.http', () => {
  let app: TestApplication;
  let directory: string;
  let requests: readonly WrittenRequest[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'task-api-requests-'));
    app = await TestApplication.start({ AUTH_SECRET: '', DATA_DIR: directory });
    requests = parse(await readFile('docs/requests.http', 'utf8'));
  });
  afterAll(async () => {
    await app.stop();
    await rm(directory, { recursive: true });
  });

  it('has every operation under its own name', () => {
    const operations = app.documented.operations.map(({ operation }) => operation.operationId);

    expect(requests.map(({ name }) => name)).toEqual(expect.arrayContaining(operations));
  });

  // A runner of its own; .ci/run --all has a real one run the file (test/clients).
  it('runs from top to bottom as it stands', async () => {
    const variables = new Map<string, string>();
    const client = { global: { set: (name: string, value: string) => variables.set(name, value) } };
    const filled = (text: string) =>
      text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => variables.get(name) ?? `no ${name}`);

    for (const { name, method, path, headers, body, scripts } of requests) {
      runInNewContext(scripts.before, { client });
      const request = app.send(method, filled(path));
      for (const [field, value] of Object.entries(headers)) request.set(field, filled(value));
      const answer = await request.send(body && filled(body));

      expect({ name, succeeds: answer.status < 400 }).toEqual({ name, succeeds: true });
      runInNewContext(scripts.after, { client, response: { body: answer.body } });
    }
  });
});
