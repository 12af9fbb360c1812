import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import { type DatabaseFault, FaultHarness } from '../support/faults/fault-harness';
import type { History } from '../support/faults/history';

jest.setTimeout(90_000);

let rig: FaultHarness;

beforeAll(async () => {
  rig = await FaultHarness.start();
});
afterAll(() => rig.stop());

const isRefused = (history: History) => history.isRefused(20);
/** An idle connection that ends is nobody's business, so clients may notice nothing. */
const isSurvived = (history: History) => history.acknowledges(50);
const begin = () => rig.postgres.start();
const nothing = () => Promise.resolve();
const thaw = () => {
  rig.postgres.thaw();
  return Promise.resolve();
};

const FAULTS: readonly DatabaseFault[] = [
  {
    id: 'F1',
    what: 'PostgreSQL stops at once, in the middle of statements (F2), and starts again',
    strike: () => rig.postgres.stop('immediate'),
    isFelt: isRefused,
    heal: begin,
  },
  {
    id: 'F3',
    what: 'PostgreSQL shuts down, and starts again',
    strike: () => rig.postgres.stop('fast'),
    isFelt: isRefused,
    heal: begin,
  },
  {
    id: 'F3',
    what: 'every session is terminated, five times',
    strike: async () => {
      for (let n = 0; n < 5; n += 1) await rig.postgres.terminateBackends();
    },
    isFelt: isSurvived,
    heal: nothing,
  },
  {
    id: 'F24',
    what: 'PostgreSQL is killed, and starts again',
    strike: () => rig.postgres.stop('kill'),
    isFelt: isRefused,
    heal: begin,
  },
  {
    id: 'F16',
    what: 'a process of PostgreSQL aborts, as one does whose WAL has no room, and all begin anew',
    strike: async () => {
      const [backend] = await rig.postgres.backends();
      if (backend !== undefined) process.kill(backend, 'SIGABRT');
    },
    isFelt: isSurvived,
    heal: nothing,
  },
  {
    id: 'F6',
    what: 'the processes that serve the API freeze',
    strike: async () => {
      rig.postgres.freeze(await rig.postgres.backends());
    },
    // The API gives up on them, and serves by new ones while they are frozen.
    isFelt: async (history, served) => {
      await history.isRefused(1);
      // Of the others, a frozen session may hold every feed.
      await served();
    },
    heal: thaw,
  },
  {
    id: 'F7',
    what: 'the process that accepts connections freezes, and those that there were are cut',
    strike: async () => {
      const backends = await rig.postgres.backends();
      rig.postgres.freeze([rig.postgres.pid]);
      for (const pid of backends) process.kill(pid, 'SIGTERM');
    },
    isFelt: isRefused,
    heal: thaw,
  },
  {
    id: 'F7',
    what: 'the whole machine of PostgreSQL freezes',
    strike: () => {
      rig.postgres.freeze(rig.postgres.processes());
      return Promise.resolve();
    },
    isFelt: isRefused,
    heal: thaw,
  },
];

describe('While clients write', () => {
  it.each(FAULTS)('$id: $what; clients are told to come back, and nothing is lost (F26)', (fault) =>
    rig.outlasts(fault),
  );
});
