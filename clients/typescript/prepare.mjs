// Builds the client on every installation. From a folder or a repository npm installs it without the
// compiler, so this fetches what the lockfile names.
import { execSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const run = (command) => execSync(command, { cwd: import.meta.dirname, stdio: 'inherit' });

if (!existsSync(new URL('node_modules/typescript', import.meta.url))) {
  run('npm ci --ignore-scripts --include=dev --no-audit');
}
run('npm run build');
