import { build, buildIfStale } from './dist.mjs';

try {
  await (process.argv.includes('--if-stale') ? buildIfStale() : build());
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
