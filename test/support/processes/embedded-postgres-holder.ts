import { createInterface } from 'node:readline';
import {
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../../src/embedded-postgres/embedded-postgres';

/**
 * A process that holds an embedded PostgreSQL, as the server does: run by
 * test/support/processes/embedded-postgres-processes.ts, told what to do by lines on its standard input, and
 * reporting by JSON lines on its standard output.
 */
async function main(options: EmbeddedPostgresOptions): Promise<void> {
  process.on('SIGINT', () => report({ event: 'SIGINT' }));
  const started = Date.now();
  try {
    const postgres = await startEmbeddedPostgres(options);
    const { endpoint, outcome, location } = postgres;
    report({ event: 'started', endpoint, outcome, location, milliseconds: Date.now() - started });
    void postgres.exited.then((exit) => report({ event: 'exited', ...exit }));
    createInterface(process.stdin).on('line', (command) => {
      if (command === 'exit') process.exit(0);
      void Promise.all([postgres.stop(), postgres.stop()]).then(() => {
        report({ event: 'stopped' });
        process.exit(0);
      });
    });
  } catch (error) {
    const { name, message } = error as Error;
    report({ event: 'failed', name, message });
  }
}

function report(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

void main(JSON.parse(process.argv[2] ?? '{}') as EmbeddedPostgresOptions);
