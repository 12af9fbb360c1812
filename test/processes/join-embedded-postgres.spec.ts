import { afterEach, describe, expect, it } from '@jest/globals';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { joinEmbeddedPostgres } from '../../src/embedded-postgres/join-embedded-postgres';
import {
  EmbeddedPostgresProcesses,
  postmasterPid,
  query,
} from '../support/processes/embedded-postgres-processes';

const processes = new EmbeddedPostgresProcesses();
afterEach(() => processes.cleanUp());

const WHO = 'select current_user::text as role, current_database()::text as database';

describe('joining an embedded database', () => {
  it('reaches the one that another process holds, as both roles, and leaves it alone', async () => {
    const dataDir = processes.dataDir();
    const holder = processes.hold(dataDir);
    const { endpoint } = await holder.started();

    const joined = await joinEmbeddedPostgres(dataDir);
    expect(joined).toEqual(endpoint);
    expect(await query(joined?.api ?? {}, WHO)).toEqual([
      { role: 'task_api', database: 'task_api' },
    ]);
    expect(await query(joined?.owner ?? {}, WHO)).toEqual([
      { role: 'postgres', database: 'task_api' },
    ]);

    await holder.tell('stop');
    expect(await joinEmbeddedPostgres(dataDir)).toBeUndefined();
  });

  it('reaches one whose holder was killed, which the next start still takes over', async () => {
    const dataDir = processes.dataDir();
    const holder = processes.hold(dataDir);
    const { endpoint, location } = await holder.started();
    const pid = postmasterPid(location);
    await holder.kill();

    expect(await joinEmbeddedPostgres(dataDir)).toEqual(endpoint);
    expect((await processes.hold(dataDir).started()).outcome).toBe('reused');
    expect(postmasterPid(location)).toBe(pid);
  });

  it('creates nothing if there is nothing', async () => {
    const dataDir = processes.dataDir();
    expect(await joinEmbeddedPostgres(dataDir)).toBeUndefined();
  });

  it('says what is wrong with a database that is damaged', async () => {
    const dataDir = processes.dataDir();
    const holder = processes.hold(dataDir);
    await holder.started();
    rmSync(join(dataDir, 'postgres', 'credentials.json'));
    await expect(joinEmbeddedPostgres(dataDir)).rejects.toThrow(
      /^The embedded database in .* is damaged \(credentials\.json is missing\)/,
    );
  });
});
