import { describe, expect, it } from '@jest/globals';
import { rightsDiffer, shardFindings } from '../../../../src/database/citus/node-findings';
import type { NodeReport, RelationReport } from '../../../../src/database/citus/node-reports';

const NODE = { port: 5432, isActive: true, holdsShards: true };
const NODES = [
  { ...NODE, id: 1, host: 'coordinator', isCoordinator: true },
  { ...NODE, id: 2, host: 'worker', isCoordinator: false },
];
const TABLE: RelationReport = {
  table: 'tasks',
  name: 'tasks',
  isProtected: true,
  policies: 'own_tasks * t {task_api} …',
  rights: [{ privileges: 'delete, insert, select, update', grantee: 'task_api' }],
};
const RIGHTS = ['connect on the database to task_api', 'execute on enter_scope(uuid) to task_api'];

const coordinator: NodeReport = { nodeId: 1, relations: [TABLE], rights: RIGHTS };
const worker = (shard: Partial<RelationReport> = {}, rights = RIGHTS): NodeReport => ({
  nodeId: 2,
  relations: [TABLE, { ...TABLE, name: 'tasks_102008', ...shard }],
  rights,
});

describe('A shard', () => {
  it('is no finding where it protects its rows as the table of the coordinator does', () => {
    expect(shardFindings([coordinator, worker()], NODES)).toEqual([]);
  });

  it.each<[string, Partial<RelationReport>, string, string]>([
    [
      'without forced row-level security',
      { isProtected: false },
      'row-level security of tasks_102008 on worker:5432 is not enabled and forced',
      'alter table "tasks" enable row level security, force row level security;',
    ],
    [
      'with a policy more',
      { policies: `open * t {-} true; ${TABLE.policies}` },
      'tasks_102008 on worker:5432 has other policies than tasks',
      '-- as a superuser on that node, after set citus.enable_manual_changes_to_shards = on; give the shard the policies of tasks in pg_policies',
    ],
    [
      'that anybody may truncate',
      { rights: [...TABLE.rights, { privileges: 'truncate', grantee: 'public' }] },
      'tasks_102008 on worker:5432 has other grants than tasks',
      'revoke all on "tasks" from public;',
    ],
    [
      'without the rights of task_api',
      { rights: [] },
      'tasks_102008 on worker:5432 has other grants than tasks',
      'grant delete, insert, select, update on "tasks" to task_api;',
    ],
  ])('%s is one finding, with its node and its remedy', (_, shard, what, remedy) => {
    expect(shardFindings([coordinator, worker(shard)], NODES)).toEqual([
      { what, remedies: [remedy] },
    ]);
  });
});

it('Shards of one table that lack the same are one finding', () => {
  const shards = ['tasks_102008', 'tasks_102009', 'tasks_102010'].map((name) => ({
    ...TABLE,
    name,
    isProtected: false,
  }));
  const findings = shardFindings([coordinator, { ...worker(), relations: shards }], NODES);

  expect(findings).toEqual([
    {
      what: 'row-level security of tasks_102008 on worker:5432 is not enabled and forced (and 2 more)',
      remedies: [expect.stringContaining('alter table "tasks"')],
    },
  ]);
});

it('The rights of a node are compared with those of the coordinator', () => {
  const more = [...RIGHTS, 'execute on enter_scope(uuid) to public'];
  expect(rightsDiffer([coordinator, worker()], NODES)).toBe(false);
  expect(rightsDiffer([coordinator, worker({}, more)], NODES)).toBe(true);
  expect(rightsDiffer([coordinator, worker({}, RIGHTS.slice(1))], NODES)).toBe(true);
});
