import { existsSync } from 'node:fs';
import { loadEnvFile } from 'node:process';

const ENV_FILE = '.env';

/** The environment of this process, with `.env` of the working directory where it sets nothing. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  if (existsSync(ENV_FILE)) loadEnvFile(ENV_FILE);
  return process.env;
}
