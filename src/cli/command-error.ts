/** What a command was asked about is not as it should be. */
const NOT_WELL = 1;
/** sysexits.h: the command line is wrong. */
const EX_USAGE = 64;
/** sysexits.h: a file does not hold what it should. */
const EX_DATAERR = 65;
/** sysexits.h: a file cannot be read. */
const EX_NOINPUT = 66;
/** sysexits.h: the user who is named does not exist. */
const EX_NOUSER = 67;
/** sysexits.h: a file cannot be made. */
const EX_CANTCREAT = 73;
/** sysexits.h: the configuration does not allow it. */
const EX_CONFIG = 78;

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
  return new CommandError(`${fault}\nSee: npm run cli -- ${help}`, EX_USAGE);
}

export function refusal(reason: string): CommandError {
  return new CommandError(reason, EX_CONFIG);
}

/** @param finding what is wrong with the thing that was asked about */
export function unhealthy(finding: string): CommandError {
  return new CommandError(finding, NOT_WELL);
}

export function badData(reason: string): CommandError {
  return new CommandError(reason, EX_DATAERR);
}

export function cannotRead(reason: string): CommandError {
  return new CommandError(`The file cannot be read: ${reason}`, EX_NOINPUT);
}

export function noSuchUser(userId: string): CommandError {
  return new CommandError(
    `There is no user ${userId}: the first task, or POST /api/users, makes the account`,
    EX_NOUSER,
  );
}

export function cannotWrite(reason: string): CommandError {
  return new CommandError(`The file cannot be written: ${reason}`, EX_CANTCREAT);
}
