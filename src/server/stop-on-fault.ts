import { Logger } from '@nestjs/common';
import { EXIT_CODES } from './exit-codes';

/** What nobody caught may have left anything behind: clients may finish, then somebody restarts us. */
export function stopOnFault(stop: () => Promise<void>): void {
  process.on('uncaughtException', (error) => {
    new Logger('Process').fatal(error);
    if (process.exitCode === EXIT_CODES.failed) return;
    process.exitCode = EXIT_CODES.failed;
    void stop();
  });
}
