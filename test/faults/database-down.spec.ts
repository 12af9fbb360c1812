import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../support/eventually';
import { FaultPostgres } from '../support/fault-postgres';
import { FaultServer } from '../support/fault-server';
import { History } from '../support/history';

jest.setTimeout(90_000);

let postgres: FaultPostgres;
let server: FaultServer;

beforeAll(async () => {
  postgres = await FaultPostgres.create();
  server = await FaultServer.at(postgres);
  await server.start();
});
afterAll(async () => {
  await server.remove();
  await postgres.remove();
});

interface Fault {
  readonly id: string;
  readonly what: string;
  readonly strike: () => Promise<void>;
  /** What shows that it has struck. */
  readonly isFelt: (history: History) => Promise<unknown>;
  readonly heal: () => Promise<void>;
}

const isRefused = (history: History) => history.isRefused(20);
/** An idle connection that ends is nobody's business, so clients may notice nothing. */
const isSurvived = (history: History) => history.acknowledges(50);
const begin = () => postgres.start();
const nothing = () => Promise.resolve();
const thaw = () => {
  postgres.thaw();
  return Promise.resolve();
};

const FAULTS: readonly Fault[] = [
  {
    id: 'F1',
    what: 'PostgreSQL stops at once, in the middle of statements (F2), and starts again',
    strike: () => postgres.stop('immediate'),
    isFelt: isRefused,
    heal: begin,
  },
  {
    id: 'F3',
    what: 'PostgreSQL shuts down, and starts again',
    strike: () => postgres.stop('fast'),
    isFelt: isRefused,
    heal: begin,
  },
  {
    id: 'F3',
    what: 'every session is terminated, five times',
    strike: async () => {
      for (let n = 0; n < 5; n += 1) await postgres.terminateBackends();
    },
    isFelt: isSurvived,
    heal: nothing,
  },
  {
    id: 'F24',
    what: 'PostgreSQL is killed, and starts again',
    strike: () => postgres.stop('kill'),
    isFelt: isRefused,
    heal: begin,
  },
  {
    id: 'F16',
    what: 'a process of PostgreSQL aborts, as one does whose WAL has no room, and all begin anew',
    strike: async () => {
      const [backend] = await postgres.backends();
      if (backend !== undefined) process.kill(backend, 'SIGABRT');
    },
    isFelt: isSurvived,
    heal: nothing,
  },
  {
    id: 'F6',
    what: 'the processes that serve the API freeze',
    strike: async () => {
      postgres.freeze(await postgres.backends());
    },
    // The API gives up on them, and is served by new ones while they are frozen.
    isFelt: async (history) => {
      await history.isRefused(1);
      await history.acknowledges(50);
    },
    heal: thaw,
  },
  {
    id: 'F7',
    what: 'the process that accepts connections freezes, and those that there were are cut',
    strike: async () => {
      const backends = await postgres.backends();
      postgres.freeze([postgres.pid]);
      for (const pid of backends) process.kill(pid, 'SIGTERM');
    },
    isFelt: isRefused,
    heal: thaw,
  },
  {
    id: 'F7',
    what: 'the whole machine of PostgreSQL freezes',
    strike: () => {
      postgres.freeze(postgres.processes());
      return Promise.resolve();
    },
    isFelt: isRefused,
    heal: thaw,
  },
];

describe('While clients write', () => {
  it.each(FAULTS)(
    '$id: $what; clients are told to come back, and nothing is lost (F26)',
    async ({ id, what, strike, isFelt, heal }) => {
      const history = await History.begin(server);

      await strike();
      await isFelt(history);
      expect(await server.health('live')).toBe(200);
      await heal();
      await history.recovers();
      await history.acknowledges(50);

      const { breaches, lost, counts } = await history.end(`${id}: ${what}`, server.stored);
      expect({ breaches, lost, aborted: counts.aborted }).toEqual({
        breaches: [],
        lost: [],
        aborted: 0,
      });
      await eventually(async () => (await server.health('ready')) === 200);
      expect(server.process.isRunning).toBe(true);
    },
  );
});
