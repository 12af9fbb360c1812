import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEM_MEDIA_TYPE, problemDocument } from '../../../src/problems/problem-document';
import type { ProblemCode } from '../../../src/problems/problem-types';
import { NEW_TASK } from '../../support/app/task-fields';
import { DocumentedApi, type ObservedAnswer } from '../../support/openapi/openapi-validation';

/** The check that every answer of the e2e suite passes must itself be able to fail. */
describe('the comparison of answers with the document', () => {
  const api = new DocumentedApi(JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenAPIObject);
  const task = {
    id: '01a20297-4e3d-7c3e-9f60-3a5d1f0b2c4d',
    user_id: '0c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5',
    ...NEW_TASK,
    position: 'fe5dfd68b1c283c1609fc5a2e0f4d3b2',
    completed_at: null,
    created_at: '2026-11-22T09:30:00.125Z',
    updated_at: '2026-11-22T09:30:00.125Z',
  };
  const read: ObservedAnswer = {
    method: 'get',
    path: `/api/me/tasks/${task.id}?`,
    status: 200,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      etag: '"1"',
      'x-request-id': 'a-1',
    },
    text: JSON.stringify(task),
  };
  const problem = (code: ProblemCode, status: number): ObservedAnswer => ({
    ...read,
    status,
    headers: { ...read.headers, 'content-type': PROBLEM_MEDIA_TYPE },
    text: JSON.stringify(problemDocument({ code, faults: [] }, 'a-1')),
  });
  const withHeaders = (headers: ObservedAnswer['headers']): ObservedAnswer => ({
    ...read,
    headers: { ...read.headers, ...headers },
  });
  const withTask = (fields: object): ObservedAnswer => ({
    ...read,
    text: JSON.stringify({ ...task, ...fields }),
  });

  it.each([
    ['a task', read],
    ['a problem of the operation', problem('task-not-found', 404)],
    ['a problem that comes before operations', problem('malformed-uri', 400)],
    ['405 for another method', { ...problem('method-not-allowed', 405), method: 'post' }],
    ['an answer to HEAD', { ...read, method: 'head', text: undefined }],
    ['a path that is not of the document', { ...read, path: '/docs', text: '<html>' }],
    [
      'a write without a body, as the client prefers',
      {
        ...withHeaders({ location: '/x', 'preference-applied': 'return=minimal' }),
        method: 'post',
        path: '/api/me/tasks',
        status: 201,
        text: '',
      },
    ],
  ])('passes %s', (_, answer) => {
    expect(() => api.check(answer)).not.toThrow();
  });

  it.each([
    ['a status that is not documented', { ...read, status: 202 }, 'the status is not documented'],
    ['a property that is not documented', withTask({ version: 1 }), 'version'],
    ['a property of another form', withTask({ created_at: '2026-11-22T09:30:00Z' }), 'created_at'],
    ['a property that is missing', withTask({ title: undefined }), 'title'],
    ['a header that is missing', withHeaders({ etag: undefined }), 'the header ETag is missing'],
    ['a header of another form', withHeaders({ etag: 'W/"1"' }), 'the header ETag:'],
    ['another media type', withHeaders({ 'content-type': 'text/html' }), '"text/html"'],
    ['no body', { ...read, text: '' }, 'there is no body'],
    [
      'a problem of another operation',
      problem('user-not-provisioned', 404),
      'the problem user-not-provisioned is not documented',
    ],
  ])('fails on %s', (_, answer, message) => {
    expect(() => api.check(answer)).toThrow(message);
  });
});
