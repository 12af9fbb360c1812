import type { Command } from '@commander-js/extra-typings';
import { type CommandContext, exampleOf } from '../command';
import { release } from './release';

export function defineVersion(command: Command, { stdout }: CommandContext): void {
  command
    .option('--json', 'print {"version", "node", "postgresql", "commit"}, null where unknown')
    .addHelpText('after', exampleOf('version --json'))
    .action(({ json }) => {
      const { version, postgresql, commit } = release();
      const node = process.versions.node;
      if (json === true) {
        stdout.write(`${JSON.stringify({ version, node, postgresql, commit })}\n`);
        return;
      }
      const lines = [
        `task-api    ${version}${commit === null ? '' : ` (${commit.slice(0, 12)})`}`,
        `node        ${node}`,
        `postgresql  ${postgresql === null ? 'none bundled' : `${postgresql} (bundled)`}`,
      ];
      stdout.write(`${lines.join('\n')}\n`);
    });
}
