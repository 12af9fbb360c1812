/** Every mistake in the configuration, one line each. Exit code 78 (EX_CONFIG of sysexits.h). */
export class ConfigurationError extends Error {
  static readonly exitCode = 78;

  constructor(readonly mistakes: readonly string[]) {
    super(`The configuration is not valid:\n${mistakes.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'ConfigurationError';
  }
}
