import { lstatSync, readFileSync } from 'node:fs';
import { type DotenvFile, readDotenvFile } from './dotenv-file';
import type { Source } from './given-variables';
import { dotenvMistakes } from './dotenv-names';
import { ConfigurationError, type Env, KNOWN_VARIABLES, parseEnv, SECRET_VARIABLES } from '../env';

const ENV_FILE = '.env';

/** Why a file cannot be read, for the codes whose names say little. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not read it',
  EISDIR: 'it is a directory',
  ELOOP: 'it is a symbolic link to itself',
  ENOENT: 'it is a symbolic link to a file that does not exist',
  EPERM: 'this user may not read it',
};

/** What this process was given, in its environment and in `.env` of the working directory. */
export interface ProcessEnvironment {
  /** Both at once: a variable of the environment wins unless it is empty. */
  readonly source: Source;
  /** The environment alone. */
  readonly environment: Source;
  /** `.env`; without variables where there is none. */
  readonly file: DotenvFile;
}

/** The variables of this process, with those of `.env` once that is read. */
export const ENVIRONMENT: Source = process.env;

/** Completes `process.env` by `.env`: Node and its libraries read some variables there. */
export function processEnvironment(): ProcessEnvironment {
  const environment = { ...process.env };
  const file = readEnvFile();
  for (const { name, value } of file.variables) {
    if ((process.env[name] ?? '') === '') process.env[name] = value;
  }
  return { source: process.env, environment, file };
}

function readEnvFile(): DotenvFile {
  try {
    return readDotenvFile(readFileSync(ENV_FILE));
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !isLink()) return { variables: [], mistakes: [] };
    const mistakes = [`cannot be read: ${REASONS[code] ?? code}`];
    return { variables: [], mistakes };
  }
}

function isLink(): boolean {
  return lstatSync(ENV_FILE, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** Whether an operator limits the heap of Node, which nothing may override then. */
export function limitsHeap({ NODE_OPTIONS = '' }: NodeJS.ProcessEnv = process.env): boolean {
  return /--max[-_]old[-_]space[-_]size/.test(NODE_OPTIONS);
}

/**
 * Reads and validates what this process was given.
 * @throws ConfigurationError naming every mistake at once
 */
export function readEnv(): Env {
  const { source, environment, file } = processEnvironment();
  const known = [...KNOWN_VARIABLES, ...SECRET_VARIABLES.map((name) => `${name}_FILE`)];
  const mistakes = dotenvMistakes(file, known, environment);
  // Without the file, what is missing is not known to be missing.
  if (file.variables.length === 0 && mistakes.lines.length > 0) {
    throw new ConfigurationError(mistakes.lines);
  }
  return parseEnv(source, mistakes);
}
