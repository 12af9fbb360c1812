/** Lets a plain Node process run the sources as they are: `node -r test/support/typescript-hook.cjs x.ts`. */
const Module = require('node:module');
const { join } = require('node:path');
const { transformFileSync } = require('@swc/core');

const root = join(__dirname, '..', '..');

Module._extensions['.ts'] = (module, file) => {
  const { code } = transformFileSync(file, { cwd: root, swcrc: true, sourceMaps: 'inline' });
  module._compile(code, file);
};
