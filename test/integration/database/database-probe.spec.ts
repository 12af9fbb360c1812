import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/database/schema/data-source-options';
import { DatabaseProbe } from '../../../src/database/database-probe';
import { stopClock } from '../../support/app/clock';
import { TestDatabase } from '../../support/database/test-database';
import { WireProxy } from '../../support/wire/wire-proxy';

describe('DatabaseProbe', () => {
  let database: TestDatabase;
  let proxy: WireProxy;
  let source: DataSource;
  let probe: DatabaseProbe;

  beforeEach(async () => {
    database = await TestDatabase.create();
    proxy = await WireProxy.start(database.endpoint.api);
    source = await new DataSource(dataSourceOptions(proxy.settings, 1)).initialize();
    probe = new DatabaseProbe(source);
    stopClock();
  });
  afterEach(async () => {
    jest.useRealTimers();
    proxy.cut();
    await source.destroy();
    await proxy.stop();
    await database.drop();
  });

  const timesAsked = (): number =>
    proxy.sent.filter(({ bytes }) => bytes.includes('from task_api_migrations')).length;

  it('asks once a second, however many want to know', async () => {
    await Promise.all(Array.from({ length: 50 }, () => probe.refusal()));
    jest.advanceTimersByTime(999);
    expect(await probe.refusal()).toBeUndefined();
    expect(timesAsked()).toBe(1);

    jest.advanceTimersByTime(1);
    await Promise.all(Array.from({ length: 50 }, () => probe.refusal()));

    expect(timesAsked()).toBe(2);
  });

  it('gives a database up that does not answer, and asks no second time meanwhile', async () => {
    proxy.silence();
    const first = probe.refusal();
    jest.advanceTimersByTime(1_500);

    expect(probe.refusal()).toBe(first);
    expect(await first).toMatchObject({ fault: 'unavailable' });
    expect(timesAsked()).toBe(1);
  });

  it('asks on a new connection where the last one did not answer', async () => {
    await probe.refusal();
    proxy.silence();
    jest.advanceTimersByTime(1_000);
    expect(await probe.refusal()).toMatchObject({ fault: 'unavailable' });

    proxy.answerAnew();
    jest.advanceTimersByTime(1_000);

    expect(await probe.refusal()).toBeUndefined();
  });

  it('knows a database where no migration has run', async () => {
    await database.query('drop table task_api_migrations');

    expect(await probe.refusal()).toMatchObject({ fault: 'behind' });
  });
});
