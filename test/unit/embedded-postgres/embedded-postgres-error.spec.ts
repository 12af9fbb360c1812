import { describe, expect, it } from '@jest/globals';
import { reasonIn } from '../../../src/embedded-postgres/embedded-postgres-error';

const ADVICE = `The server must be started under an unprivileged user ID to prevent
possible system security compromises.  See the documentation for
more information on how to properly start the server.
`;

describe('the reason in the output of PostgreSQL', () => {
  it.each([
    ['root', '"root" execution of the PostgreSQL server is not permitted.\n'],
    [
      'an administrator of Windows',
      'Execution of PostgreSQL by a user with administrative permissions is not\npermitted.\n',
    ],
  ])('says what to do where it refuses %s', (_, refusal) => {
    expect(reasonIn(refusal + ADVICE)).toMatch(/^it refuses an administrator; start the server as/);
  });

  it('is the first severe line, without time stamp and level', () => {
    const output =
      '2026-11-28 06:00:00 UTC [7] LOG:  starting PostgreSQL 18.4\n' +
      '2026-11-28 06:00:00 UTC [7] FATAL:  permission denied for database "x"\n' +
      '2026-11-28 06:00:00 UTC [7] LOG:  database system is shut down\n';
    expect(reasonIn(output)).toBe('permission denied for database "x"');
  });

  it('is the last line where none is severe, and nothing where there is none', () => {
    expect(reasonIn('starting\nkilled\n\n')).toBe('killed');
    expect(reasonIn('\n')).toBeUndefined();
  });
});
