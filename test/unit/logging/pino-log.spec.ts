import { afterEach, describe, expect, it } from '@jest/globals';
import { ConsoleLogger, Logger } from '@nestjs/common';
import { RecordedLog } from '../../support/app/recorded-log';

const CANARY = 'hunter2';

function recorded(level: 'info' | 'debug' = 'info'): RecordedLog {
  const record = new RecordedLog(level);
  Logger.overrideLogger(record.log);
  return record;
}

afterEach(() => Logger.overrideLogger(new ConsoleLogger()));

describe('a line of the log', () => {
  it('is JSON with the time, the level, the process and who says it', () => {
    const record = recorded();
    new Logger('Lanes').warn('A database lane was lost; reconnecting');

    expect(record.lines).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        pid: process.pid,
        context: 'Lanes',
        msg: 'A database lane was lost; reconnecting',
      },
    ]);
    expect(record.text.endsWith('}\n')).toBe(true);
  });

  it('takes fields', () => {
    const record = recorded();
    new Logger('Problem').log({ msg: 'request refused', status: 404 });

    expect(record.lines[0]).toMatchObject({
      level: 'info',
      context: 'Problem',
      msg: 'request refused',
      status: 404,
    });
  });

  it('describes an error without what its message may quote, however it is handed over', () => {
    const record = recorded();
    const logger = new Logger('Somebody');
    const error = new Error(`oh no, ${CANARY}`);
    logger.error(error);
    logger.error('It failed', error.stack);
    logger.error('It failed', error);
    logger.warn('It failed', error);
    logger.fatal(error);

    const lines = record.lines;
    expect(lines).toHaveLength(5);
    for (const line of lines) {
      expect(line).toMatchObject({ context: 'Somebody', error: { stack: expect.any(Array) } });
      const { stack } = line['error'] as { stack: string[] };
      expect(stack[0]).toContain('pino-log.spec.ts');
    }
    expect(record.text).not.toContain(CANARY);
  });

  it('is not written below the level', () => {
    const record = recorded('info');
    new Logger('Request').debug('nothing to see');
    expect(record.lines).toEqual([]);
  });
});

describe('what Nest logs of its start', () => {
  const tell = (): void => {
    new Logger('RouterExplorer').log('Mapped {/api/:user_id/tasks, GET} route');
  };

  it('is for those who look for faults', () => {
    const record = recorded('debug');
    tell();
    expect(record.lines).toEqual([expect.objectContaining({ level: 'debug' })]);
  });

  it('leaves out why it failed, which the server explains in one line', () => {
    const record = recorded('info');
    new Logger('ExceptionHandler').error(new Error('connect ECONNREFUSED'));
    new Logger('Somebody').error(new Error('of a request'));
    expect(record.lines).toEqual([expect.objectContaining({ context: 'Somebody' })]);
  });

  it('does not bury the banner', () => {
    const record = recorded('info');
    tell();
    expect(record.lines).toEqual([]);
  });
});
