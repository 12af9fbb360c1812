/** Lints openapi.json with the rules of redocly.yaml, and without Redocly's call home for updates. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const redocly = createRequire(import.meta.url).resolve('@redocly/cli/bin/cli.js');
const { status } = spawnSync(process.execPath, [redocly, 'lint', 'openapi.json'], {
  stdio: 'inherit',
  env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
});
process.exit(status ?? 1);
