import { describe, expect, it } from '@jest/globals';
import { clusterCheck } from '../../../../src/cli/doctor/doctor-cluster';
import type { ClusterState } from '../../../../src/database/citus/examine-cluster';
import type { TablePlace } from '../../../../src/database/citus/distribution';

const place = (name: string, kind: TablePlace['kind']): TablePlace => ({
  name,
  kind,
  owner: 'owner',
  owned: true,
  column: kind === 'hash' ? 'user_id' : null,
  colocation: kind === 'local' ? null : 2,
});
const NODE = { port: 5432, isActive: true };
const STATE: ClusterState = {
  facts: {
    database: 'tasks',
    schema: 'public',
    isQuoted: false,
    login: 'owner',
    version: '13.2.2',
    isCoordinator: true,
    nodes: [
      { ...NODE, id: 1, host: 'coordinator', isCoordinator: true, holdsShards: false },
      { ...NODE, id: 2, host: 'worker', isCoordinator: false, holdsShards: true },
    ],
    tables: [place('users', 'reference'), place('tasks', 'hash'), place('feeds', 'hash')],
    rowMovers: [],
  },
  findings: [],
  rightsDiffer: false,
};
const withTables = (...tables: TablePlace[]): ClusterState => ({
  ...STATE,
  facts: { ...STATE.facts, tables },
});

const DISTRIBUTE = ['npm run cli -- distribute'];

describe('A database with Citus', () => {
  it('is described where all is right', () => {
    expect(clusterCheck(STATE, { scope: 'transaction' })).toEqual({
      name: 'citus',
      status: 'ok',
      detail: 'Citus 13.2.2: tasks, feeds by user, on 1 node',
      remedies: [],
    });
  });

  it('may have its tables undistributed, in any scope, which is said', () => {
    const state = withTables(place('users', 'local'), place('tasks', 'local'));
    for (const scope of ['implicit', 'transaction'] as const) {
      expect(clusterCheck(state, { scope })).toMatchObject({
        status: 'warn',
        detail: 'Citus 13.2.2, and no table is distributed',
        remedies: DISTRIBUTE,
      });
    }
  });

  it('fails with a scope that does not reach the workers', () => {
    expect(clusterCheck(STATE, { scope: 'implicit' })).toMatchObject({
      status: 'fail',
      remedies: ['set DATABASE_SCOPE=transaction'],
    });
  });

  it('fails with what is wrong on a node', () => {
    const finding = { what: 'no login as task_api to worker:5432', remedies: ['alter role …;'] };
    expect(clusterCheck({ ...STATE, findings: [finding] }, { scope: 'transaction' })).toMatchObject(
      { status: 'fail', detail: finding.what, remedies: finding.remedies },
    );
  });

  it('fails with a table that a later release has made, and nobody distributed', () => {
    const state = withTables(
      place('users', 'reference'),
      place('tasks', 'hash'),
      place('trash', 'local'),
    );
    expect(clusterCheck(state, { scope: 'transaction' })).toMatchObject({
      status: 'fail',
      detail: 'not distributed: trash',
      remedies: DISTRIBUTE,
    });
  });

  it('warns of a node that was added later, and has other rights', () => {
    expect(clusterCheck({ ...STATE, rightsDiffer: true }, { scope: 'transaction' })).toMatchObject({
      status: 'warn',
      remedies: DISTRIBUTE,
    });
  });
});
