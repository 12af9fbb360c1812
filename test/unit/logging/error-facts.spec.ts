import { describe, expect, it } from '@jest/globals';
import { DatabaseError } from 'pg';
import { DatabaseRefusal } from '../../../src/database/database-errors';
import { errorFacts } from '../../../src/logging/error-facts';

const CANARY = 'hunter2';

function databaseError(code: string, message: string, fields: object = {}): DatabaseError {
  return Object.assign(new DatabaseError(message, 1, 'error'), { code, ...fields });
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('It threw nothing');
}

describe('the log entry of an error', () => {
  it('is its class and where it was thrown, never its message', () => {
    const { stack, ...facts } = errorFacts(new TypeError(`no such thing: ${CANARY}`), true);

    expect(facts).toEqual({ type: 'TypeError' });
    expect(stack?.[0]).toMatch(/error-facts\.spec\.ts:\d+:\d+/);
  });

  it('has no stack unless that is asked for', () => {
    expect(errorFacts(new Error('x'))).toEqual({ type: 'Error' });
  });

  it('names what PostgreSQL names, and leaves out values', () => {
    const error = databaseError('23505', `duplicate key: ${CANARY}`, {
      severity: 'ERROR',
      detail: `Key (email)=(${CANARY}@example.com) already exists.`,
      where: `unnamed portal parameter $1 = '${CANARY}'`,
      hint: CANARY,
      internalQuery: CANARY,
      table: 'users',
      column: 'email',
      constraint: 'uq_users_email',
      routine: '_bt_check_unique',
    });

    expect(errorFacts(error)).toEqual({
      type: 'error',
      code: '23505',
      table: 'users',
      column: 'email',
      constraint: 'uq_users_email',
      routine: '_bt_check_unique',
    });
  });

  it.each([
    ['57P01', 'terminating connection due to administrator command'],
    ['42501', 'new row violates row-level security policy for table "tasks"'],
    ['53300', 'sorry, too many clients already'],
    ['28P01', 'password authentication failed for user "task_api"'],
  ])('repeats the message of SQLSTATE %s, which quotes no value', (code, message) => {
    expect(errorFacts(databaseError(code, message))).toMatchObject({ code, message });
  });

  it.each(['22P02', '22001', '22021', '23514', 'P0001', 'XX000'])(
    'does not repeat the message of SQLSTATE %s, which may quote a value',
    (code) => {
      expect(errorFacts(databaseError(code, `invalid: "${CANARY}"`))).toEqual({
        type: 'error',
        code,
      });
    },
  );

  it('repeats what the system says of a connection', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });

    expect(errorFacts(refused)).toEqual({
      type: 'Error',
      code: 'ECONNREFUSED',
      message: 'connect ECONNREFUSED 127.0.0.1:5432',
    });
    expect(errorFacts(new Error('timeout exceeded when trying to connect')).message).toBeDefined();
  });

  it.each([
    'The server does not support SSL connections',
    'There was an error establishing an SSL connection',
    'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string',
    'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a non-empty string',
  ])('repeats why a login failed: %s', (message) => {
    expect(errorFacts(new Error(message))).toEqual({ type: 'Error', message });
    expect(errorFacts(new Error(`${message} ${CANARY}`))).toEqual({ type: 'Error' });
  });

  it('names the fault of the database behind a refusal', () => {
    const refusal = new DatabaseRefusal('timeout');

    expect(errorFacts(refusal)).toEqual({ type: 'DatabaseRefusal', fault: 'timeout' });
  });

  it('follows the causes, under the same rules, but not for ever', () => {
    const circular = new Error(CANARY);
    circular.cause = new RangeError(CANARY, { cause: circular });

    const facts = errorFacts(circular, true);

    expect(facts.cause).toMatchObject({ type: 'RangeError', cause: { type: 'Error' } });
    expect(JSON.stringify(facts)).not.toContain(CANARY);
    expect(JSON.stringify(facts).match(/"type"/g)).toHaveLength(4);
  });

  it.each<[string, () => unknown]>([
    ['JSON that cannot be read', () => JSON.parse(`{"title": ${CANARY}}`)],
    ['a URL that cannot be read', () => new URL(`http://${CANARY}:pass word@`)],
    ['a URI that cannot be decoded', () => decodeURIComponent(`%${CANARY}`)],
    ['an operator on a value', () => (CANARY as unknown as { a: () => void }).a()],
    ['a repetition', () => 'x'.repeat(-1)],
  ])('does not repeat the input of %s', (_, work) => {
    const error = thrownBy(work);
    const wrapped = new Error(`Failed: ${CANARY}`, { cause: error });

    expect(JSON.stringify(errorFacts(wrapped, true))).not.toContain(CANARY);
  });

  it('does not take lines of a message for frames', () => {
    const forged = `first\n    at ${CANARY} (/src/x.ts:1:1)\n    at /${CANARY}:1:1`;

    expect(JSON.stringify(errorFacts(new Error(forged), true))).not.toContain(CANARY);
  });

  it('does not repeat names that are none', () => {
    const error = new Error('x');
    error.name = `${CANARY} @ example.com`;
    Object.assign(error, { code: `${CANARY} and more`, table: [CANARY], constraint: { CANARY } });

    expect(errorFacts(error)).toEqual({ type: 'Error' });
  });

  it.each([CANARY, 42, null, undefined, { message: CANARY }])(
    'says of what is no error only what it is: %j',
    (value) => {
      expect(errorFacts(value, true)).toEqual({ type: typeof value });
    },
  );
});
