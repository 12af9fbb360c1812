import { localUrl } from '../../config/listening-address';
import { defineCommand } from '../command';
import { unhealthy } from '../command-error';
import { statusOf } from './http-status';
import { defaulting, flag } from '../option';
import { duration } from '../option-values';

const LONGEST_WAIT_SECONDS = 3_600;

export const healthcheckCommand = defineCommand({
  name: 'healthcheck',
  summary: 'Ask the server on this machine whether it can serve',
  details: 'Asks HOST and PORT of the configuration. Exit code 1 where it cannot.',
  options: {
    live: flag('ask only whether the process answers, not whether its database does'),
    timeout: defaulting('3s', {
      placeholder: 'TIME',
      description: 'how long to wait for the answer',
      read: duration(LONGEST_WAIT_SECONDS),
    }),
  },
  example: 'healthcheck',
  run: async ({ live, timeout }, { environment, stdout }) => {
    const url = `${localUrl(environment())}/health/${live ? 'live' : 'ready'}`;
    const fault = await faultOf(url, timeout * 1_000);
    if (fault !== undefined) throw unhealthy(`${url}: ${fault}`);
    stdout.write(`${url}: ok\n`);
  },
});

async function faultOf(url: string, timeoutMs: number): Promise<string | undefined> {
  try {
    const status = await statusOf(url, timeoutMs);
    return status === 200 ? undefined : `answered ${status}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
