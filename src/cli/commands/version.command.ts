import { defineCommand } from '../command';
import { flag } from '../option';
import { release } from './release';

export const versionCommand = defineCommand({
  name: 'version',
  summary: 'Print the versions of Task API, Node.js and the bundled PostgreSQL',
  options: { json: flag('print {"version", "node", "postgresql", "commit"}, null where unknown') },
  example: 'version --json',
  run: ({ json }, { stdout }) => {
    const { version, postgresql, commit } = release();
    const node = process.versions.node;
    if (json) {
      stdout.write(`${JSON.stringify({ version, node, postgresql, commit })}\n`);
    } else {
      const lines = [
        `task-api    ${version}${commit === null ? '' : ` (${commit.slice(0, 12)})`}`,
        `node        ${node}`,
        `postgresql  ${postgresql === null ? 'none bundled' : `${postgresql} (bundled)`}`,
      ];
      stdout.write(`${lines.join('\n')}\n`);
    }
    return Promise.resolve();
  },
});
