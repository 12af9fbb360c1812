import { Logger } from '@nestjs/common';

/** What nobody caught may have left anything behind: clients may finish, then somebody restarts us. */
export function stopOnFault(stop: () => Promise<void>): void {
  process.on('uncaughtException', (error) => {
    new Logger('Process').fatal(error);
    if (process.exitCode === 1) return;
    process.exitCode = 1;
    void stop();
  });
}
