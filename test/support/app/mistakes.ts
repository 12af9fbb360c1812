import { ConfigurationError, parseEnv } from '../../../src/config/env';

/** Every mistake of a configuration; none where it is a good one. */
export function mistakesIn(source: Record<string, string>): readonly string[] {
  try {
    parseEnv(source);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.mistakes;
    throw error;
  }
  return [];
}
