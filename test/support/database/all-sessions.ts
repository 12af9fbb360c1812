import { publishedWorkers } from './test-cluster';

/** The view of the sessions on all nodes, with the columns of `pg_stat_activity`. */
export const ALL_SESSIONS =
  publishedWorkers().length > 0 ? 'citus_stat_activity' : 'pg_stat_activity';
