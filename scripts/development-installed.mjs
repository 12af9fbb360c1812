/**
 * Exits with 1 and one line where packages for development are not installed: npm omits them where
 * NODE_ENV is `production` or the user's configuration says so.
 */
import { existsSync, readFileSync } from 'node:fs';

const names = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).devDependencies);
const missing = names.filter((name) => !existsSync(`node_modules/${name}`));
if (missing.length > 0) {
  const count = `${missing.length} of ${names.length}`;
  console.error(`${count} development packages are not installed; run: npm ci --include=dev`);
  process.exitCode = 1;
}
