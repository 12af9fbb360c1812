/** Removes what can be made again. Never .data: that is somebody's tasks. */
import { readdirSync, rmSync } from 'node:fs';

const GENERATED = /^(dist|\.dist-.*|artifacts|coverage)$/;

for (const name of readdirSync('.').filter((name) => GENERATED.test(name))) {
  rmSync(name, { recursive: true, force: true });
}
