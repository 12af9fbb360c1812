import type { DotenvFile } from './dotenv-file';
import type { Source } from './given-variables';
import { similarName } from './similar-name';

/** Docker Compose reads the same file; API_PORT is a variable of compose.yaml. */
const OF_COMPOSE = /^(COMPOSE|DOCKER)_|^API_PORT$/;
/** Node and its libraries read these while the API runs, so that they act from this file, too. */
const ACTS_LATER: readonly string[] = ['FORCE_COLOR', 'NO_COLOR', 'TZ'];
/** Node, libuv and OpenSSL read these before the API runs. */
const READ_BEFORE = /^(NODE|UV|OPENSSL|SSL_CERT)_|^(HTTPS?|NO)_PROXY$|^(LANG|LC_\w+)$/i;
const READ_BY_LIBPQ = /^PG[A-Z]+$/;

/** Names that other programs have for the same. */
const MEANT: Readonly<Record<string, string>> = {
  DB_URI: 'DATABASE_URL',
  DB_URL: 'DATABASE_URL',
  JWKS_URI: 'AUTH_JWKS_URL',
  JWKS_URL: 'AUTH_JWKS_URL',
  JWT_SECRET: 'AUTH_SECRET',
  PG_URL: 'DATABASE_URL',
  POSTGRES_URL: 'DATABASE_URL',
  POSTGRESQL_URL: 'DATABASE_URL',
};

/** What is wrong with `.env`, and the variables that this is about. */
export interface DotenvMistakes {
  /** Such as `.env: line 3: …`. */
  readonly lines: readonly string[];
  readonly names: ReadonlySet<string>;
}

export const NO_MISTAKES: DotenvMistakes = { lines: [], names: new Set() };

/**
 * The lines that cannot be obeyed, and the names that nothing reads. The file belongs to the API:
 * otherwise `PROT=80` would silently keep the default port.
 * @param known every variable that the API reads
 * @param environment the variables of the process itself; both may have the same one
 */
export function dotenvMistakes(
  { variables, mistakes }: DotenvFile,
  known: readonly string[],
  environment: Source,
): DotenvMistakes {
  const lines = [...mistakes];
  const names = new Set(variables.filter(({ isWrong }) => isWrong).map(({ name }) => name));
  for (const { name, value, line } of variables) {
    // An empty value sets nothing, and one that stands in the environment, too, has been read there.
    const isGiven = value !== '' && value !== environment[name];
    const fault = isGiven ? nameFault(name, known) : undefined;
    if (fault === undefined) continue;
    lines.push(`line ${line}: ${fault}`);
    names.add(name);
  }
  return { lines: lines.map((line) => `.env: ${line}`), names };
}

function nameFault(name: string, known: readonly string[]): string | undefined {
  // What may come from a file is said where the files are read.
  const isKnown = known.includes(name) || known.some((one) => name === `${one}_FILE`);
  if (isKnown || ACTS_LATER.includes(name) || OF_COMPOSE.test(name)) return undefined;
  if (READ_BEFORE.test(name)) return `${name} is read before this file; set it in the environment`;
  if (READ_BY_LIBPQ.test(name)) return `${name} is not read from this file; use DATABASE_URL`;
  const meant = MEANT[name.toUpperCase()] ?? similarName(name, known);
  return meant === undefined
    ? `${name} is not a variable of the API; remove it, or set it in the environment if another program reads it`
    : `${name} is not a variable of the API; is ${meant} meant?`;
}
