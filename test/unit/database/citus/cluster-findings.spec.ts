import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { ClusterFacts } from '../../../../src/database/citus/cluster-facts';
import {
  clusterFindings,
  mutualReachFindings,
  reachFindings,
  type RoleReach,
} from '../../../../src/database/citus/cluster-findings';
import { TABLES } from '../../../../src/database/citus/distribution';
import { ROW_MOVERS } from '../../../../src/database/citus/row-movers';

const NODE = { host: 'citus', port: 5432, isActive: true };
const COORDINATOR = { ...NODE, id: 1, isCoordinator: true, holdsShards: false };
const WORKER = { ...NODE, id: 2, host: 'worker', isCoordinator: false, holdsShards: true };
const READY: ClusterFacts = {
  database: 'tasks',
  schema: 'public',
  isQuoted: false,
  login: 'owner',
  version: '13.2.2',
  isCoordinator: true,
  nodes: [COORDINATOR, WORKER],
  tables: TABLES.map((name) => ({
    name,
    owner: 'owner',
    owned: true,
    kind: 'local',
    column: null,
    colocation: null,
  })),
  rowMovers: [],
};

describe('A cluster', () => {
  it('has nothing in the way of a distribution where all is ready', () => {
    expect(clusterFindings(READY)).toEqual([]);
  });

  const tables = (change: Partial<ClusterFacts['tables'][number]>): Partial<ClusterFacts> => ({
    tables: READY.tables.map((table) => (table.name === 'tasks' ? { ...table, ...change } : table)),
  });
  it.each<[string, Partial<ClusterFacts>, string]>([
    [
      'in a schema whose name needs quotes',
      { schema: 'My-Tasks', isQuoted: true },
      'alter schema "My-Tasks" rename to my_tasks;  -- while no server runs; then ?schema=my_tasks in the URLs',
    ],
    ['too old', { version: '12.1.6' }, 'use Citus 13.2 or newer'],
    [
      'a worker',
      { isCoordinator: false },
      'let DATABASE_URL and DATABASE_OWNER_URL name citus:5432',
    ],
    [
      'without workers',
      { nodes: [COORDINATOR] },
      `select citus_add_node('…', 5432);  -- for each worker`,
    ],
    [
      'without its coordinator',
      { nodes: [WORKER] },
      `select citus_set_coordinator_host('…', 5432);  -- as the workers reach it`,
    ],
    [
      'with a node that is off',
      { nodes: [COORDINATOR, { ...WORKER, isActive: false }] },
      `select citus_activate_node('worker', 5432);`,
    ],
    ['not migrated', { tables: [] }, 'npm run cli -- migrate, first'],
    [
      "with another owner's tables",
      tables({ owned: false, owner: 'admin' }),
      'let DATABASE_OWNER_URL name admin, or a member of that role',
    ],
    [
      'whose owner could lose rows',
      { rowMovers: ['undistribute_table(regclass,boolean)', 'f(bigint)'] },
      'revoke execute on function undistribute_table(regclass,boolean), f(bigint) from public;',
    ],
    [
      'distributed by another column',
      tables({ kind: 'hash', column: 'id', colocation: 7 }),
      `select undistribute_table('tasks', cascade_via_foreign_keys => true);  -- as a superuser, while no server runs; then run it again`,
    ],
  ])('%s gets one finding, with its remedy', (_, change, remedy) => {
    const findings = clusterFindings({ ...READY, ...change });
    expect(findings.map(({ remedies }) => remedies)).toEqual([[remedy]]);
  });
});

it('The functions that lose rows are taken from the owner by the script that makes the roles', () => {
  const script = readFileSync('ops/postgres/roles-citus.sql', 'utf8');
  const names = ROW_MOVERS.filter((name) => script.includes(`'${name}'`));
  expect(names).toEqual(ROW_MOVERS);
});

describe('A role that some node does not let in', () => {
  const reach = (onNode: { logsIn: boolean; connects: boolean }): RoleReach => ({
    role: 'task_api',
    reached: new Set([1]),
    onNodes: new Map([[2, onNode]]),
  });

  it('is no finding where the node does', () => {
    const reached = new Set([1, 2]);
    expect(reachFindings(READY, { role: 'task_api', reached, onNodes: new Map() })).toEqual([]);
  });

  it.each([
    [{ logsIn: false, connects: true }, ['alter role "task_api" login;']],
    [{ logsIn: true, connects: false }, ['grant connect on database "tasks" to "task_api";']],
  ])('gets what it lacks: %p', (onNode, remedies) => {
    expect(reachFindings(READY, reach(onNode))).toEqual([
      { what: 'the coordinator cannot log in as task_api to worker:5432', remedies },
    ]);
  });

  it('needs a password, or a node that runs, where it lacks nothing', () => {
    const [finding] = reachFindings(READY, reach({ logsIn: true, connects: true }));
    expect(finding?.remedies.join()).toMatch(/^start the nodes .*pg_dist_authinfo/);
  });
});

describe('The nodes among themselves', () => {
  const THIRD = { ...WORKER, id: 3, host: 'third' };
  const among = { nodes: [COORDINATOR, WORKER, THIRD] };
  const all = [1, 2, 3];

  it('are no finding where each logs in to all', () => {
    const reach = new Map(all.map((id) => [id, all]));
    expect(mutualReachFindings(among, 'task_api', reach)).toEqual([]);
  });

  it('are one finding that names those who do not, and the password that they lack', () => {
    const reach = new Map([
      [1, all],
      [2, []],
      [3, [1, 3]],
    ]);
    expect(mutualReachFindings(among, 'task_api', reach)).toEqual([
      {
        what: 'worker:5432, third:5432 cannot log in as task_api to every node of the cluster',
        remedies: [
          expect.stringContaining(
            `on each node: insert into pg_dist_authinfo values (0, 'task_api', 'password=…');`,
          ),
        ],
      },
    ]);
  });
});
