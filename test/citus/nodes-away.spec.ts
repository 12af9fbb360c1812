import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { type ServedApplication, serveAt } from '../support/app/application-at';
import { eventually } from '../support/app/eventually';
import { aCaller, type Caller } from '../support/app/tokens';
import { ProxiedCluster } from '../support/citus/proxied-cluster';
import { storedTasks } from '../support/faults/history-audit';
import { History } from '../support/faults/history';
import { HttpSender, type Message } from '../support/http/http-sender';
import { describeWith } from '../support/requirements';

jest.setTimeout(120_000);

const USERS = 24;
const CREATE: Message = { method: 'POST', path: '/api/me/tasks', body: { title: 'of somebody' } };
const LIST: Message = { method: 'GET', path: '/api/me/tasks' };
const ROUNDS = 5;

describeWith('citus', 'While a node of Citus is away', () => {
  let cluster: ProxiedCluster;
  let app: ServedApplication;
  let sender: HttpSender;

  beforeAll(async () => {
    cluster = await ProxiedCluster.create();
    app = await serveAt(cluster.coordinator.before(cluster.database.endpoint));
    sender = new HttpSender(app.port, USERS);
  });
  afterEach(() => cluster.database.clear());
  afterAll(async () => {
    sender.close();
    await app.stop();
    await cluster.close();
  });

  const stored = () => storedTasks(cluster.database);

  /** Users who have an account, and whether their tasks are on the first worker. */
  const anybody = async (): Promise<ReadonlyMap<Caller, boolean>> => {
    const users = new Map<Caller, boolean>();
    for (let n = 0; n < USERS; n += 1) {
      const caller = await aCaller();
      expect((await sender.send(caller, CREATE)).status).toBe(201);
      users.set(caller, await cluster.isOnFirstWorker(caller.userId));
    }
    return users;
  };

  /** What each of them is answered, several times, and how long anybody waits. */
  const ask = async (users: ReadonlyMap<Caller, boolean>) => {
    const seen = { own: new Set<number>(), other: new Set<number>() };
    const longestMs = { own: 0, other: 0 };
    await Promise.all(
      [...users].map(async ([caller, isOnFirst]) => {
        const kind = isOnFirst ? 'own' : 'other';
        for (let round = 0; round < ROUNDS; round += 1) {
          for (const message of [CREATE, LIST]) {
            const beganAt = performance.now();
            seen[kind].add((await sender.send(caller, message)).status);
            longestMs[kind] = Math.max(longestMs[kind], performance.now() - beganAt);
          }
        }
      }),
    );
    return { ...seen, longestMs };
  };
  const areServed = async (users: ReadonlyMap<Caller, boolean>): Promise<void> => {
    for (const caller of users.keys()) {
      await eventually(async () => (await sender.send(caller, CREATE)).status === 201);
    }
  };
  const SERVED = new Set([200, 201]);
  const REFUSED = new Set([503]);

  it('a worker takes nobody along but its own users, and no session of the API', async () => {
    const users = await anybody();
    cluster.coordinator.clear();
    const { sessions: before } = cluster.coordinator;

    await cluster.worker.sleep();
    const { own, other } = await ask(users);
    const { sessions, opened } = cluster.coordinator;
    await cluster.worker.wake();

    expect({ own, other }).toEqual({ own: REFUSED, other: SERVED });
    expect(sessions).toBe(before + opened);
    await areServed(users);
  });

  it('a worker that is frozen, or cut off, takes nobody along but its own users', async () => {
    const users = await anybody();

    cluster.worker.silence();
    const { own, other, longestMs } = await ask(users);
    const newcomer = await sender.send(await aCaller(), CREATE);
    cluster.worker.speak();

    console.info({ longestMs });
    expect({ own, other }).toEqual({ own: REFUSED, other: SERVED });
    expect(newcomer.status).toBe(503);
    await areServed(users);
  });

  it('nothing that was acknowledged is lost with a worker, and everybody is served on its return', async () => {
    const history = await History.begin(
      { port: app.port, stored },
      { users: 12, writersOfEach: 1 },
    );

    await cluster.worker.sleep();
    await history.isRefused(20);
    await cluster.worker.wake();
    await history.recovers();
    await history.acknowledges(50);

    expect((await history.end('a worker of Citus is away, and returns')).aborted).toBe(0);
  });

  it('the coordinator takes nobody along who has an account, and nothing that was acknowledged', async () => {
    const history = await History.begin(
      { port: app.port, stored },
      { users: 12, writersOfEach: 1 },
    );

    await cluster.coordinator.sleep();
    // Everybody is served meanwhile, by the lanes to the workers.
    await history.recovers();
    await history.acknowledges(50);
    await cluster.coordinator.wake();
    await history.acknowledges(50);

    expect((await history.end('the coordinator of Citus is away, and returns')).aborted).toBe(0);
  });
});
