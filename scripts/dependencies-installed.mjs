/**
 * Exits with 0 when node_modules holds what package-lock.json says, compared through the lockfile
 * that npm leaves inside: a fraction of a second, where `npm ci` starts from nothing.
 */
import { readFileSync } from 'node:fs';

/** @returns {Record<string, {version?: string, optional?: boolean}>} by path in node_modules */
function packagesOf(lockfile) {
  const { packages } = JSON.parse(readFileSync(lockfile, 'utf8'));
  delete packages['']; // the project itself
  return packages;
}

function isInstalled() {
  try {
    const locked = packagesOf('package-lock.json');
    const installed = packagesOf('node_modules/.package-lock.json');
    return (
      Object.keys(installed).every((path) => path in locked) &&
      Object.entries(locked).every(([path, { version, optional = false }]) =>
        path in installed ? installed[path].version === version : optional,
      )
    );
  } catch {
    return false;
  }
}

process.exit(isInstalled() ? 0 : 1);
