import { describe, expect, it } from '@jest/globals';
import { explainStartFailure } from '../../../src/server/start-failure';

function nodeError(message: string, properties: Partial<NodeJS.ErrnoException>): Error {
  return Object.assign(new Error(message), properties);
}

describe('explainStartFailure', () => {
  it.each([
    ['EADDRINUSE', 'set PORT to another port'],
    ['EACCES', 'change HOST or PORT'],
    ['EADDRNOTAVAIL', 'change HOST or PORT'],
  ])('tells what to change where a server cannot listen: %s', (code, advice) => {
    const message = `listen ${code}: 127.0.0.1:80`;

    expect(explainStartFailure(nodeError(message, { code, syscall: 'listen' }))).toEqual({
      message: `${message}: ${advice}`,
      exitCode: 78,
    });
  });

  it.each([
    ['SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string', 'the password'],
    ['SASL: Only mechanism(s) SCRAM-SHA-256 are supported', 'check DATABASE_URL'],
    ['cannot execute INSERT in a read-only transaction', 'is a standby'],
    ['relation "users" does not exist', 'npm run cli -- migrate'],
    ['no pg_hba.conf entry for host "1.2.3.4", no encryption', 'add sslmode=verify-full'],
  ])('has one line for what PostgreSQL or pg refuses: %s', (reason, remedy) => {
    const code = reason.startsWith('SASL') ? {} : { code: '28000' };
    const { message, exitCode } = explainStartFailure(nodeError(reason, code));

    expect(exitCode).toBe(69);
    expect(message).toMatch(/^The database cannot be used: [^\n]+$/);
    expect(message).toContain(`${reason}: `);
    expect(message).toContain(remedy);
  });

  it.each([
    'FATAL:  role "task_api" is not permitted to log in',
    'FATAL:  permission denied for database "tasks"\nDETAIL:  User does not have CONNECT privilege.',
    'fe_sendauth: no password supplied',
  ])('names the role and the SQL where a node of Citus lets no other one in: %s', (reason) => {
    const message = `connection to the remote node task_api@127.0.0.1:21001 failed with the following error: ${reason}`;
    const failure = explainStartFailure(nodeError(message, { code: '08006' }));

    expect(failure.exitCode).toBe(69);
    expect(failure.message).toMatch(/^The database cannot be used: [^\n]+$/);
    expect(failure.message).toContain(reason.split('\n')[0]);
    expect(failure.message).toMatch(
      /roles-citus.sql.+alter role task_api login; grant connect on database … to task_api;/,
    );
  });

  it('blames DATA_DIR, not the port, for a file that may not be written', () => {
    const message = "EACCES: permission denied, mkdir '/data'";
    const error = nodeError(message, { code: 'EACCES', syscall: 'mkdir', path: '/data' });

    expect(explainStartFailure(error)).toEqual({
      message: `${message}: set DATA_DIR to a directory that belongs to the user who runs the server`,
      exitCode: 78,
    });
  });
});
