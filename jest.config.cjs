// Jest sets it only where it is unset; `production` refuses what tests do.
process.env.NODE_ENV = 'test';

/**
 * Nest 12 and a few others are ESM only. Jest stays in CommonJS mode, where it works on every
 * supported Node, and swc compiles those packages on the way (docs/decisions/0002-commonjs-and-jest.md).
 */
const esmOnly = ['@nestjs', 'jose', 'uuid'];

const project = (name, overrides = {}) => ({
  displayName: name,
  rootDir: __dirname,
  testEnvironment: 'node',
  testMatch: [`<rootDir>/test/${name}/**/*.spec.ts`],
  transform: { '^.+\\.(t|j|mj)s$': '@swc/jest' },
  // `import()` needs the ending that a source has once it is compiled.
  moduleNameMapper: { '^(\\./.*\\.command)\\.js$': '$1' },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  ...overrides,
});

const onDatabase = {
  globalSetup: '<rootDir>/test/support/database/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/database/global-teardown.ts',
};

module.exports = {
  testTimeout: 30_000,
  projects: [
    project('unit'),
    project('integration', onDatabase),
    project('e2e', onDatabase),
    project('blackbox'),
    project('architecture'),
    // Takes minutes, and processes that are killed; `npm run test:faults` runs it.
    project('faults', {
      globalSetup: '<rootDir>/test/support/faults/faults-setup.ts',
      globalTeardown: '<rootDir>/test/support/faults/faults-teardown.ts',
    }),
    // Needs a Chromium; `npm run test:browser` runs it.
    project('browser'),
  ],
};
