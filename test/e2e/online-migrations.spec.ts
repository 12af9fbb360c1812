import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate } from '../../src/database/schema/migrate';
import { TestApplication } from '../support/app/test-application';
import { LongReader } from '../support/database/long-reader';
import {
  AddLength9000000000001,
  FillLength9000000000003,
  IndexDoneTasks9000000000002,
} from '../support/database/sample-migrations';
import { MixedLoad } from '../support/faults/mixed-load';
import { HttpSender } from '../support/http/http-sender';

const OF_A_RELEASE = [AddLength9000000000001, IndexDoneTasks9000000000002, FillLength9000000000003];

describe('A server that is being migrated', () => {
  let app: TestApplication;
  let sender: HttpSender;

  beforeAll(async () => {
    app = await TestApplication.start();
    sender = new HttpSender(app.port, 8);
  });
  afterAll(() => app.stop());

  it('answers every request as ever, beside a transaction that reads for long', async () => {
    let isMigrated = false;
    const breaches: string[] = [];
    const statuses = new Set<string>();
    const serve = async (): Promise<void> => {
      for (let seed = 1; !isMigrated; seed += 1) {
        const options = { users: 5, requests: 60, concurrency: 8, seed, faults: false };
        const report = await MixedLoad.run(sender, options);
        breaches.push(...report.breaches);
        for (const status of Object.keys(report.statuses)) statuses.add(status);
      }
    };
    const serving = serve();
    const reader = await LongReader.on(app.database);

    const patience = { pauseMs: 50, totalMs: 60_000 };
    const migrating = migrate(app.database.endpoint.owner, OF_A_RELEASE, patience);
    await reader.outlasts(5);
    await reader.end();
    expect(await migrating).toHaveLength(OF_A_RELEASE.length);
    isMigrated = true;
    await serving;

    expect(breaches).toEqual([]);
    expect([...statuses].filter((status) => status.startsWith('5'))).toEqual([]);
    expect(statuses).toContain('201');
  });
});
