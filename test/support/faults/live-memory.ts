import { eventually } from '../app/eventually';
import type { BuiltServer } from '../processes/built-server';

/** On SIGUSR2 the server collects its garbage, and writes how many bytes are left. */
const COLLECTING = `
  import { setFlagsFromString } from 'node:v8';
  import { runInNewContext } from 'node:vm';
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  process.on('SIGUSR2', () => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    console.log('live', heapUsed + external);
  });
`;

/** NODE_OPTIONS of a server whose live memory can be measured. */
export const COLLECTS_ON_SIGNAL = `--import data:text/javascript,${encodeURIComponent(COLLECTING)}`;

/** What the server still holds once its garbage is collected, in MB. */
export async function liveMemory(server: BuiltServer): Promise<number> {
  const reported = () => [...server.banner.matchAll(/^live (\d+)$/gm)].map(([, bytes]) => bytes);
  const before = reported().length;
  server.signal('SIGUSR2');
  await eventually(() => reported().length > before);
  return Number(reported().at(-1)) / 1_024 ** 2;
}
