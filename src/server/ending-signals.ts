import { Logger } from '@nestjs/common';
import { EXIT_CODES, EXIT_CODE_OF_SIGNAL } from './exit-codes';

type EndingSignal = keyof typeof EXIT_CODE_OF_SIGNAL;

/**
 * The signals by which a terminal, a shell or a supervisor ends a process. Each must be handled: a
 * process that dies of a signal leaves its children running, one that exits does not.
 */
const ENDING_SIGNALS = Object.keys(EXIT_CODE_OF_SIGNAL) as readonly EndingSignal[];

/**
 * Never removed: npm, its shell and a terminal may each pass on the one signal that a person sent.
 */
export function onEndingSignal(end: (signal: EndingSignal) => void): void {
  for (const signal of ENDING_SIGNALS) {
    process.on(signal, () => {
      end(signal);
    });
  }
}

/** For a program that has nothing to finish when a signal arrives. */
export function exitOnSignal(): void {
  onEndingSignal((signal) => {
    // After the other listeners: a progress bar restores the terminal.
    setImmediate(() => process.exit(EXIT_CODE_OF_SIGNAL[signal]));
  });
}

/** An uncaught error may leave a broken state: let clients finish, then exit for the supervisor. */
export function stopOnFault(stop: () => Promise<void>): void {
  process.on('uncaughtException', (error) => {
    new Logger('Process').fatal(error);
    if (process.exitCode === EXIT_CODES.failed) return;
    process.exitCode = EXIT_CODES.failed;
    void stop();
  });
}
