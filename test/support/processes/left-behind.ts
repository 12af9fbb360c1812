import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What runs below this directory: every process that names it in its command line (PostgreSQL) or
 * got it in its environment (the server, its workers, a command). Empty where there is no /proc.
 */
export function processesAt(directory: string): readonly string[] {
  if (!existsSync('/proc/self')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => [fileOf(pid, 'cmdline'), fileOf(pid, 'environ')].join().includes(directory))
    .map((pid) => `${pid} ${fileOf(pid, 'cmdline').replaceAll('\0', ' ')}`);
}

/** Empty for a process that has ended meanwhile. */
function fileOf(pid: string, name: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(join('/proc', pid, name), 'utf8');
  } catch {
    return '';
  }
}
