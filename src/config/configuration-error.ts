/** Every mistake in the configuration, one line each. */
export class ConfigurationError extends Error {
  constructor(readonly mistakes: readonly string[]) {
    super(`The configuration is not valid:\n${mistakes.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'ConfigurationError';
  }
}
