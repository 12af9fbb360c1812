/** The collection that Postman makes of the document on import, run by its own runner. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import newman from 'newman';
import converter from 'openapi-to-postmanv2';

/** @param api where the server is, and a token */
export async function tryCollection(document, { url, token }) {
  const collection = await convert(readFileSync(document, 'utf8'));
  const baseUrl = collection.variable.find(({ key }) => key === 'baseUrl').value;
  assert.equal(baseUrl, 'http://127.0.0.1:3000');

  const variables = [
    { key: 'baseUrl', value: url },
    { key: 'bearerToken', value: token },
  ];
  /** What a person does in Postman: fills in the path and the body, and presses Send. */
  const send = async (name, { id, body, header = [], query = [] } = {}) => {
    const { request } = structuredClone(itemNamed(collection.item, name));
    request.url.query = query;
    request.header = [
      ...request.header.filter(({ key }) => /^(Content-Type|Accept)$/i.test(key)),
      ...header,
    ];
    for (const variable of request.url.variable ?? []) {
      variable.value = variable.key === 'user_id' ? 'me' : id;
    }
    if (body === undefined) delete request.body;
    else request.body.raw = JSON.stringify(body);
    return run({ ...collection, variable: variables, item: [{ name, request }] });
  };

  const ids = [];
  for (const title of ['one', 'two', 'three']) {
    const made = await send('Create a task', { body: { title } });
    assert.equal(made.status, 201);
    ids.unshift(made.body.id);
  }
  const listed = [];
  for (let cursor; cursor !== null;) {
    const query = [{ key: 'limit', value: '2' }];
    if (cursor !== undefined) query.push({ key: 'cursor', value: cursor });
    const { body } = await send('List tasks', { query });
    listed.push(...body.items.map(({ id }) => id));
    cursor = body.next_cursor;
  }
  assert.deepEqual(listed, ids);

  const [id] = ids;
  const got = await send('Get a task', { id });
  const patched = await send('Change some fields of a task', { id, body: { title: 'patched' } });
  assert.equal(patched.body.title, 'patched');
  assert.equal((await send('Replace a task', { id, body: got.body })).body.title, 'three');
  assert.equal((await send('Create a task', { body: got.body })).status, 201);
  assert.equal((await send('Complete a task, or toggle it', { id })).body.completed, true);
  const header = [{ key: 'If-Match', value: got.etag }];
  const stale = await send('Change some fields of a task', { id, body: { title: 'x' }, header });
  assert.deepEqual([stale.status, stale.body.code], [412, 'precondition-failed']);
  const blank = await send('Create a task', { body: { title: ' ' } });
  assert.equal(blank.body.errors[0].pointer, '/title');
}

function convert(data) {
  return new Promise((resolve, reject) => {
    converter.convertV2({ type: 'string', data }, { folderStrategy: 'Tags' }, (error, result) => {
      if (error || !result.result) reject(error ?? new Error(result.reason));
      else resolve(result.output[0].data);
    });
  });
}

function itemNamed(items, name) {
  const all = (list) => list.flatMap((item) => (item.item ? all(item.item) : [item]));
  const found = all(items).find((item) => item.name === name);
  if (found === undefined) throw new Error(`The collection has no request "${name}".`);
  return found;
}

function run(collection) {
  return new Promise((resolve, reject) => {
    newman.run({ collection, reporters: [] }, (error, summary) => {
      const [execution] = summary?.run.executions ?? [];
      const failure = error ?? execution?.requestError;
      if (failure || execution === undefined) return reject(failure ?? new Error('Nothing ran.'));
      const { code, headers, stream } = execution.response;
      const text = stream.toString();
      resolve({ status: code, etag: headers.get('ETag'), body: text && JSON.parse(text) });
    });
  });
}
