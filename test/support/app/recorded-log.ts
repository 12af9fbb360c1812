import type { LoggerService } from '@nestjs/common';
import { testEnv } from './test-env';
import { PinoLog } from '../../../src/logging/pino-log';

export type LogLine = Readonly<Record<string, unknown>>;

/** A log as it is in production, whose lines a test can read. */
export class RecordedLog {
  readonly log: LoggerService;
  readonly #lines: string[] = [];

  constructor(level: 'info' | 'debug' = 'debug') {
    const output = { write: (line: string) => this.#lines.push(line) };
    this.log = new PinoLog(testEnv({ LOG_LEVEL: level }), output);
  }

  /** Everything, as written. */
  get text(): string {
    return this.#lines.join('');
  }

  get lines(): readonly LogLine[] {
    return this.#lines.map((line) => JSON.parse(line) as LogLine);
  }

  /** The lines of one request. */
  of(requestId: string): readonly LogLine[] {
    return this.lines.filter((line) => line['request_id'] === requestId);
  }
}
