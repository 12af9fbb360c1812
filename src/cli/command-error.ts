import { EXIT_CODES } from '../server/exit-codes';

/** Why a command did not run, for the person who typed it. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
    this.name = 'CommandError';
  }
}

/** @param help the arguments that show how to do it right, such as `seed --help` */
export function usageError(fault: string, help: string): CommandError {
  return new CommandError(`${fault}\nSee: npm run cli -- ${help}`, EXIT_CODES.usage);
}

export function refusal(reason: string): CommandError {
  return new CommandError(reason, EXIT_CODES.configuration);
}

/** @param finding what is wrong with the thing that was asked about */
export function unhealthy(finding: string): CommandError {
  return new CommandError(finding, EXIT_CODES.failed);
}

export function badData(reason: string): CommandError {
  return new CommandError(reason, EXIT_CODES.badData);
}

export function cannotRead(reason: string): CommandError {
  return new CommandError(`The file cannot be read: ${reason}`, EXIT_CODES.noInput);
}

export function noSuchUser(userId: string): CommandError {
  return new CommandError(
    `There is no user ${userId}: the first task, or POST /api/users, makes the account`,
    EXIT_CODES.noUser,
  );
}

export function cannotWrite(reason: string): CommandError {
  return new CommandError(`The file cannot be written: ${reason}`, EXIT_CODES.cannotCreate);
}

/** @param error of standard output */
export function cannotPrint({ code, message }: NodeJS.ErrnoException): CommandError {
  return cannotWrite(code === 'EPIPE' ? 'standard output is closed' : message);
}
