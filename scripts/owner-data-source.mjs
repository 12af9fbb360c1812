import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Lends the owner's DataSource of dist/. What keeps it from working is one line with its remedy, as at
 * a start, and sets the exit code.
 * @param {(dataSource: import('typeorm').DataSource) => Promise<void>} use
 */
export async function withOwnerDataSource(use) {
  try {
    const dataSource = await require('../dist/ormconfig.js').default;
    await dataSource.initialize();
    try {
      await use(dataSource);
    } finally {
      await dataSource.destroy();
    }
  } catch (error) {
    const { explainStartFailure } = require('../dist/src/server/start-failure.js');
    const { message, exitCode } = explainStartFailure(error);
    console.error(message);
    process.exitCode = exitCode;
  }
}
