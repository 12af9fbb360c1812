/** The exit codes of every process of this product. From 64 on they are those of sysexits.h. */
export const EXIT_CODES = {
  failed: 1,
  usage: 64,
  badData: 65,
  noInput: 66,
  noUser: 67,
  unavailable: 69,
  cannotCreate: 73,
  configuration: 78,
} as const;

/** By convention 128 + the number of the signal. */
export const EXIT_CODE_OF_SIGNAL = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGQUIT: 131,
  SIGTERM: 143,
} as const;

/** For the help of the command line. */
export const EXIT_CODE_MEANINGS: Readonly<Record<keyof typeof EXIT_CODES, string>> = {
  failed: 'a check failed; or this program has a fault, with its trace on standard error',
  usage: 'the command line is wrong',
  badData: 'a file has invalid content',
  noInput: 'a file cannot be read',
  noUser: 'there is no such user',
  unavailable: 'the database cannot be used',
  cannotCreate: 'a file cannot be written',
  configuration: 'the configuration is wrong, or forbids the command',
};
