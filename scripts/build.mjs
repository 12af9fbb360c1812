import { build, buildIfStale } from './dist.mjs';

await (process.argv.includes('--if-stale') ? buildIfStale() : build());
