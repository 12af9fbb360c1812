import { readFileSync } from 'node:fs';
import { ConfigurationError } from './configuration-error';
import { readDotenvFile } from './dotenv-file';

const ENV_FILE = '.env';
/** Node reads these before this program runs, so in `.env` they have no effect. */
const READ_BY_NODE: readonly string[] = [
  'NODE_EXTRA_CA_CERTS',
  'NODE_OPTIONS',
  'NODE_USE_SYSTEM_CA',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
];

/**
 * The environment of this process, completed by `.env` of the working directory. A variable of the
 * environment wins unless it is empty.
 * @throws ConfigurationError where a line of the file cannot be obeyed
 */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  for (const [name, value] of variablesOfFile()) {
    if ((process.env[name] ?? '') === '') process.env[name] = value;
  }
  return process.env;
}

function variablesOfFile(): ReadonlyMap<string, string> {
  const content = contentOfFile();
  if (content === undefined) return new Map();
  const { variables, mistakes } = readDotenvFile(content);
  const tooLate = READ_BY_NODE.filter((name) => hasNoEffect(name, variables.get(name)));
  const all = [
    ...mistakes,
    ...tooLate.map((name) => `${name}: Node reads it before this file; set it in the environment`),
  ];
  if (all.length > 0) throw new ConfigurationError(all.map((line) => `${ENV_FILE}: ${line}`));
  return variables;
}

function contentOfFile(): Buffer | undefined {
  try {
    return readFileSync(ENV_FILE);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new ConfigurationError([`${ENV_FILE}: cannot be read (${code})`]);
  }
}

function hasNoEffect(name: string, value = ''): boolean {
  return value !== '' && value !== process.env[name];
}
