import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Client } from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';
import { dataSourceOptions } from '../../../src/database/schema/data-source-options';
import { DatabaseRefusal } from '../../../src/database/database-errors';
import { DatabaseProbe } from '../../../src/database/database-probe';
import { DatabaseUse } from '../../../src/database/database-use';
import { stopClock } from '../../support/app/clock';
import { TestDatabase } from '../../support/database/test-database';
import { WireProxy } from '../../support/wire/wire-proxy';

describe('DatabaseProbe', () => {
  let database: TestDatabase;
  let proxy: WireProxy;
  let source: DataSource;
  let probe: DatabaseProbe;
  let use: DatabaseUse;

  beforeEach(async () => {
    database = await TestDatabase.create();
    proxy = await WireProxy.start(database.endpoint.api);
    source = await new DataSource(dataSourceOptions(proxy.settings, 1)).initialize();
    use = new DatabaseUse();
    probe = new DatabaseProbe(source, use);
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
    await use.note(Promise.resolve());
    await Promise.all(Array.from({ length: 50 }, () => probe.refusal()));

    expect(timesAsked()).toBe(2);
  });

  it('loses its session at any moment without an error that nobody hears', async () => {
    const driver = source.driver as PostgresDriver;
    const [client, release] = (await driver.obtainMasterConnection()) as [Client, () => void];

    expect(() => client.emit('error', new Error('lost'))).not.toThrow();

    release();
  });

  it('asks nothing while no request comes and all is well', async () => {
    await probe.refusal();
    await use.note(Promise.resolve());
    for (let n = 0; n < 60; n += 1) {
      jest.advanceTimersByTime(10_000);
      expect(await probe.refusal()).toBeUndefined();
    }
    expect(timesAsked()).toBe(1);

    await use.note(Promise.resolve());
    await probe.refusal();
    expect(timesAsked()).toBe(2);
  });

  it.each([
    ['asks', Object.assign(new Error('lost'), { code: '57P01' }), 2],
    ['asks', Object.assign(new Error('no table'), { code: '42P01' }), 2],
    ['asks', new DatabaseRefusal('unavailable'), 2],
    ['does not ask', new DatabaseRefusal('overloaded'), 1],
    ['does not ask', Object.assign(new Error('not a UUID'), { code: '22P02' }), 1],
  ])('%s where a request has failed some time ago: %s', async (_, error, times) => {
    await probe.refusal();
    await expect(use.note(Promise.reject(error))).rejects.toBe(error);
    jest.advanceTimersByTime(10_000);

    await probe.refusal();
    await probe.refusal();

    expect(timesAsked()).toBe(times);
  });

  it('asks without requests until a fault is over', async () => {
    await database.query('alter table task_api_migrations rename to elsewhere');
    expect(await probe.refusal()).toMatchObject({ fault: 'behind' });

    await database.query('alter table elsewhere rename to task_api_migrations');
    jest.advanceTimersByTime(1_000);

    expect(await probe.refusal()).toBeUndefined();
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
    await use.note(Promise.resolve());
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
