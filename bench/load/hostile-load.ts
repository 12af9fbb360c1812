import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** What a client asks again and again, so many times at once, for as long as it is let. */
export interface Attack {
  readonly url: string;
  readonly token: string;
  readonly path: string;
  readonly inFlight: number;
}

/** How many requests were answered with each status. */
export type Answered = Readonly<Record<number, number>>;

/**
 * A client that takes what it can get. It has a thread of its own, so that what it receives does not
 * delay the client whose time is measured.
 */
export class HostileLoad {
  private constructor(private readonly worker: Worker) {}

  /** Resolves when it has its first answer: then the server is under attack. */
  static async start(attack: Attack): Promise<HostileLoad> {
    const worker = new Worker(join(__dirname, 'hostile-load.ts'), { workerData: attack });
    await nextMessage(worker);
    return new HostileLoad(worker);
  }

  async stop(): Promise<Answered> {
    const answered = nextMessage(this.worker);
    this.worker.postMessage('stop');
    return (await answered) as Answered;
  }
}

function nextMessage(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

async function attack({ url, token, path, inFlight }: Attack): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  const answered: Record<number, number> = {};
  let isStopped = false;
  const isAttacked = new Promise<void>((resolve) => {
    const ask = async (): Promise<void> => {
      while (!isStopped) {
        const status = await statusOf(new URL(path, url), agent, token);
        answered[status] = (answered[status] ?? 0) + 1;
        resolve();
      }
    };
    for (let n = 0; n < inFlight; n += 1) void ask();
  });
  await isAttacked;
  parentPort?.once('message', () => {
    isStopped = true;
    parentPort?.postMessage(answered);
    agent.destroy();
    parentPort?.unref();
  });
  parentPort?.postMessage('attacked');
}

/** 0 where there is no answer. */
function statusOf(url: URL, agent: Agent, token: string): Promise<number> {
  return new Promise((resolve) => {
    const headers = { Authorization: `Bearer ${token}` };
    const request = get(url, { agent, headers }, (response) => {
      response.resume().once('close', () => resolve(response.statusCode ?? 0));
    });
    request.once('error', () => resolve(0));
  });
}

if (!isMainThread) void attack(workerData as Attack);
