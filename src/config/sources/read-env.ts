import { ConfigurationError } from '../configuration-error';
import { dotenvMistakes } from './dotenv-names';
import { type Env, KNOWN_VARIABLES, parseEnv, SECRET_VARIABLES } from '../env';
import { processEnvironment } from './process-environment';

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
