import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import type { Env } from '../config/env';
import { errorFacts, framesOf } from './error-facts';

/** Contexts of what Nest logs at every start: some twenty lines, which would bury the banner. */
const START_OF_NEST: readonly unknown[] = [
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
];

/** Context of what fails a start. main.ts explains it in one line, or prints its stack. */
const FAILED_START = 'ExceptionHandler';

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug';

/**
 * pino behind Nest's Logger, which every class uses. A message is a constant text, an Error, or an
 * object of fields without user data. Of an error, only what `errorFacts` allows is written.
 */
export class PinoLog implements LoggerService {
  readonly #pino: Logger;

  constructor({ logLevel }: Pick<Env, 'logLevel'>, output: DestinationStream) {
    this.#pino = pino(
      {
        level: logLevel,
        base: { pid: process.pid },
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (level) => ({ level }) },
      },
      output,
    );
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.#write(START_OF_NEST.includes(rest.at(-1)) ? 'debug' : 'info', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.#write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#write(rest.at(-1) === FAILED_START ? 'debug' : 'error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }

  /** Nest's Logger passes the context as the last value, and stacks and errors before it. */
  #write(level: Level, message: unknown, rest: readonly unknown[]): void {
    if (!this.#pino.isLevelEnabled(level)) return;
    const context = rest.at(-1);
    const fields = {
      ...(typeof context === 'string' && !isStack(context) && { context }),
      ...errorOf([message, ...rest]),
    };
    if (typeof message === 'string') this.#pino[level](fields, message);
    else if (message instanceof Error) this.#pino[level](fields, 'unexpected error');
    else this.#pino[level]({ ...fields, ...(message as object) });
  }
}

function errorOf(values: readonly unknown[]): object | undefined {
  const error = values.find((value) => value instanceof Error);
  if (error !== undefined) return { error: errorFacts(error, true) };
  const stack = values.find(isStack);
  return stack === undefined ? undefined : { error: { stack: framesOf({ stack, message: '' }) } };
}

function isStack(value: unknown): value is string {
  return typeof value === 'string' && value.includes('\n    at ');
}
