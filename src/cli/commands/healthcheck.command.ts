import { type Command, Option } from '@commander-js/extra-typings';
import { localUrl } from '../../config/http/listening-address';
import { type CommandContext, exampleOf } from '../command';
import { unhealthy } from '../command-error';
import { statusOf } from './http-status';
import { duration } from '../option-values';

const DEFAULT_WAIT_SECONDS = 3;
const LONGEST_WAIT_SECONDS = 3_600;

export function defineHealthcheck(command: Command, { environment, stdout }: CommandContext): void {
  command
    .description('Asks HOST and PORT of the configuration. Exit code 1 if the server cannot serve.')
    .option('--live', 'check only whether the process answers, not its database')
    .addOption(
      new Option('--timeout <TIME>', 'how long to wait for the answer')
        .argParser(duration(LONGEST_WAIT_SECONDS))
        .default(DEFAULT_WAIT_SECONDS, '3s'),
    )
    .addHelpText('after', exampleOf('healthcheck'))
    .action(async ({ live, timeout }) => {
      const path = live === true ? '/health/live' : '/health/ready';
      const url = `${localUrl(environment())}${path}`;
      const fault = await faultOf(url, timeout * 1_000);
      if (fault !== undefined) throw unhealthy(`${url}: ${fault}`);
      stdout.write(`${url}: ok\n`);
    });
}

async function faultOf(url: string, timeoutMs: number): Promise<string | undefined> {
  try {
    const status = await statusOf(url, timeoutMs);
    return status === 200 ? undefined : `answered ${status}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
