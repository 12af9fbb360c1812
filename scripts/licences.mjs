/**
 * Prints the licence of every package that serves, as the lockfile has them:
 *
 *   npm run licences            what `npm ci --omit=dev` installs, on any platform
 *   npm run licences -- --all   what develops as well
 *
 * The texts are in node_modules, and so in the image.
 */
import { readFileSync } from 'node:fs';

/** Packages from before `license` was one text keep a list, which the lockfile leaves out. */
function declaredInPackage(path) {
  const { licenses = [] } = JSON.parse(readFileSync(`${path}/package.json`, 'utf8'));
  return licenses.map(({ type }) => type).join(' OR ') || 'UNKNOWN';
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
delete packages['']; // the project itself
const all = process.argv.includes('--all');

const lines = new Set();
for (const [path, { dev = false, license, version }] of Object.entries(packages)) {
  if (dev && !all) continue;
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  lines.add(`${license ?? declaredInPackage(path)}\t${name}@${version}`);
}
process.stdout.write(`${[...lines].sort().join('\n')}\n`);
