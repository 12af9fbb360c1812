// Jest sets it only where it is unset; `production` refuses what tests do.
process.env.NODE_ENV = 'test';
// pg takes from PGHOST, PGSSLMODE and others what a connection does not say.
if (process.env.DATABASE_URL === undefined) {
  for (const name of Object.keys(process.env)) if (name.startsWith('PG')) delete process.env[name];
}

/**
 * Nest 12 and a few others are ESM only. Jest stays in CommonJS mode, where it works on every
 * supported Node, and swc compiles those packages on the way (docs/decisions/0002-commonjs-and-jest.md).
 */
const esmOnly = ['@nestjs', 'jose', 'uuid'];

/** The files of test/e2e that do not run on Citus, each with the reason. */
const LEFT_OUT = require('./test/citus/left-out.json');

const project = (name, overrides = {}) => ({
  displayName: name,
  rootDir: __dirname,
  testEnvironment: '<rootDir>/test/support/jest/environment.ts',
  testMatch: [`<rootDir>/test/${name}/**/*.spec.ts`],
  transform: { '^.+\\.(t|j|mj)s$': '@swc/jest' },
  // `import()` needs the ending that a source has once it is compiled.
  moduleNameMapper: { '^(\\./.*\\.command)\\.js$': '$1' },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  ...overrides,
});

const support = (path) => `<rootDir>/test/support/${path}.ts`;
const processes = {
  globalSetup: support('processes/processes-setup'),
  globalTeardown: support('database/global-teardown'),
};

// Windows has no signals, by which these tests stop and kill what they start.
const hasSignals = process.platform !== 'win32';
if (!hasSignals)
  console.warn(
    'Skipped on Windows: test/blackbox, test/commands and test/processes, whose tests send signals.',
  );

module.exports = {
  // Half of it is enough on a quiet machine for whatever starts processes.
  testTimeout: 60_000,
  // Not in the temporary directory, which scripts/test.mjs makes anew for each run.
  cacheDirectory: 'node_modules/.cache/jest',
  // Two more than cores, since tests wait for processes; more than four would wait for PostgreSQL.
  maxWorkers: Math.min(4, require('node:os').availableParallelism() + 2),
  // A worker keeps what it has loaded for each file. Jest replaces one that has grown beyond this.
  workerIdleMemoryLimit: '600MB',
  reporters: ['default', '<rootDir>/test/support/jest/progress-reporter.cjs'],
  projects: [
    project('unit'),
    project('integration', {
      globalSetup: support('database/global-setup'),
      globalTeardown: support('database/global-teardown'),
    }),
    project('e2e', {
      globalSetup: support('app/products-setup'),
      globalTeardown: support('database/global-teardown'),
    }),
    project('blackbox', hasSignals ? processes : { testPathIgnorePatterns: ['/blackbox/'] }),
    // Each test starts several processes; `npm run test:processes` and `test:commands` run them.
    project('processes', hasSignals ? processes : { testPathIgnorePatterns: ['/processes/'] }),
    project('commands', hasSignals ? processes : { testPathIgnorePatterns: ['/commands/'] }),
    project('architecture'),
    // Tests of the tools around the product; `npm run test:tools` runs them.
    project('tools', processes),
    // Kills processes and takes minutes; `npm run test:faults` runs it.
    project('faults', {
      globalSetup: support('faults/faults-setup'),
      globalTeardown: support('faults/faults-teardown'),
    }),
    // Needs a database of Neon; `npm run test:neon` runs it.
    project('neon', processes),
    // Needs a cluster of Citus; `npm run test:citus` runs it, with the e2e tests.
    project('citus', {
      globalSetup: support('citus/citus-setup'),
      globalTeardown: support('database/global-teardown'),
      ...(process.env.CITUS_URL && {
        testMatch: ['citus', 'e2e'].map((room) => `<rootDir>/test/${room}/**/*.spec.ts`),
        testPathIgnorePatterns: Object.keys(LEFT_OUT).map((name) => `/e2e/${name}\\.spec`),
      }),
    }),
    // Needs a Chromium; `npm run test:browser` runs it.
    project('browser', processes),
  ],
};
