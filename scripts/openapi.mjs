/**
 * `npm run openapi` writes openapi.json, which is committed so that a change of the API shows up in
 * review; `npm run openapi:check` fails when the file and the code disagree.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DOCUMENT = join(ROOT, 'openapi.json');

const { status, stdout } = spawnSync(
  process.execPath,
  [join(ROOT, 'bin', 'task-api-cli.mjs'), 'openapi'],
  { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'inherit'] },
);
if (status !== 0) process.exit(status ?? 1);

if (!process.argv.includes('--check')) {
  writeFileSync(DOCUMENT, stdout);
  console.log('Wrote openapi.json.');
} else if (existsSync(DOCUMENT) && readFileSync(DOCUMENT, 'utf8') === stdout) {
  console.log('openapi.json is current.');
} else {
  console.error('openapi.json does not match the code. Run `npm run openapi` and review the diff.');
  process.exit(1);
}
