import type { DatabaseEndpoint } from '../../../src/database/session/connection-settings';
import { joinEmbeddedPostgres } from '../../../src/embedded-postgres/join-embedded-postgres';
import { query } from './embedded-postgres-processes';

/** The embedded database of the server that runs in this directory. */
export async function servedDatabase(dataDir: string): Promise<DatabaseEndpoint> {
  const endpoint = await joinEmbeddedPostgres(dataDir);
  if (endpoint === undefined) throw new Error('No server runs');
  return endpoint;
}

/** A fingerprint of everything in a database. */
export async function contentOf({ owner }: DatabaseEndpoint): Promise<object> {
  const [content] = await query<object>(
    owner,
    `select (select count(*)::int from users) as users, (select count(*)::int from tasks) as tasks,
       (select md5(string_agg(u::text, e'\\n' order by u.id)) from users u) as users_digest,
       (select md5(string_agg(t::text, e'\\n' order by t.user_id, t.id)) from tasks t) as tasks_digest`,
  );
  return content ?? {};
}
