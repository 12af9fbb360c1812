import { dirname, resolve } from 'node:path';

/** The rooms of src/ from the ground up. A file imports from its own room and from those before it. */
export const ROOMS = [
  'memory',
  'config',
  'problems',
  'logging',
  'http',
  'rate-limit',
  'auth',
  'user-scope',
  'database',
  'error-handling',
  'openapi',
  'pages',
  'users',
  'tasks',
  'trash',
  'bulk',
  'changes',
  'events',
  'health',
  'metrics',
  'embedded-postgres',
  'app.module',
  'server',
  'cli',
  'main',
];

/** The name of the room that a file is in: its first folder in src/, or its own name there. */
function roomOf(path) {
  return /(?:^|\/)src\/([\w-]+(?:\.module)?)/.exec(path.replaceAll('\\', '/'))?.[1];
}

/** Whether an import leads to a room above its own, or to none of the list. */
export function leadsUp(rooms, from, specifier) {
  if (!specifier?.startsWith('.')) return false;
  const path = resolve(dirname(from), specifier);
  if (roomOf(path) === undefined) return false;
  const [own, other] = [roomOf(from), roomOf(path)].map((room) => rooms.indexOf(room));
  return own < other || own === -1 || other === -1;
}
