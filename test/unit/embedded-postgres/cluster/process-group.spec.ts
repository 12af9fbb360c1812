import { expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { killGroup } from '../../../../src/embedded-postgres/cluster/process-group';

/** It has much memory to give back, so that its end takes a while. */
const LARGE = `Buffer.alloc(300e6, 1); setInterval(() => {}, 1e6); console.log(process.pid)`;

function stateOf(pid: number): string {
  if (!existsSync(`/proc/${pid}`)) return 'gone';
  return /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '?';
}

(process.platform === 'linux' ? it : it.skip)(
  'A killed program has ended, and what it has started with it',
  async () => {
    const shell = spawn('sh', ['-c', `"$0" -e "$1"; true`, process.execPath, LARGE], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [said] = (await once(shell.stdout, 'data')) as [Buffer];
    const started = Number(said.toString());
    expect(stateOf(started)).toMatch(/[RSD]/);

    killGroup(shell);

    expect([stateOf(started), stateOf(shell.pid ?? 0)]).toEqual([
      expect.stringMatching(/Z|gone/),
      'Z',
    ]);
  },
);

it('A program that has ended already is no error', async () => {
  const program = spawn(process.execPath, ['-e', ''], { detached: true, stdio: 'ignore' });
  await once(program, 'exit');

  expect(() => {
    killGroup(program);
  }).not.toThrow();
});
