import { Logger } from '@nestjs/common';
import { EXIT_CODES } from './exit-codes';

/** An uncaught error may leave a broken state: let clients finish, then exit for the supervisor. */
export function stopOnFault(stop: () => Promise<void>): void {
  process.on('uncaughtException', (error) => {
    new Logger('Process').fatal(error);
    if (process.exitCode === EXIT_CODES.failed) return;
    process.exitCode = EXIT_CODES.failed;
    void stop();
  });
}
