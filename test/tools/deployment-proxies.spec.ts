import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BULK_LIMITS } from '../../src/bulk/bulk-operation';

const RECIPES = join(__dirname, '..', '..', 'ops', 'reverse-proxy');

it.each(['nginx.conf', 'nginx-path.conf'])(
  '%s leaves it to the API to refuse a body that is too large',
  (name) => {
    const recipe = readFileSync(join(RECIPES, name), 'utf8');
    const [, megabytes] = /^\s*client_max_body_size (\d+)m;$/m.exec(recipe) ?? [];

    // nginx counts the same unit, and answers anything larger by a page of its own.
    expect(Number(megabytes) * 1024 * 1024).toBeGreaterThan(BULK_LIMITS.bytes);
  },
);
