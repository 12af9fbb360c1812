import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuiltServer } from './built-server';

const ROOT = join(__dirname, '..', '..', '..');

/**
 * The release before this one: where its tag or, for want of one, its last commit is. It has to run with
 * the packages that are installed.
 */
export const RELEASE_BEFORE = {
  version: '1.0.0',
  commit: '7db18c41a7b6aaf0cd11fcd533990d94c71f7ff9',
} as const;

/** Whether the clone has its sources: one that is shallow has not. */
export function hasReleaseBefore(): boolean {
  return (
    spawnSync('git', ['cat-file', '-e', `${RELEASE_BEFORE.commit}^{tree}`], { cwd: ROOT })
      .status === 0
  );
}

/** The sources of that release out of Git, built as it builds itself. */
export class EarlierRelease {
  private constructor(private readonly directory: string) {}

  static build(): EarlierRelease {
    const directory = mkdtempSync(join(tmpdir(), 'task-api-earlier-'));
    const archive = execFileSync('git', ['archive', RELEASE_BEFORE.commit], {
      cwd: ROOT,
      maxBuffer: 1 << 28,
    });
    execFileSync('tar', ['-x'], { cwd: directory, input: archive });
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: directory, stdio: 'ignore' });
    return new EarlierRelease(directory);
  }

  async start(variables: Readonly<Record<string, string>>): Promise<BuiltServer> {
    const work = join(this.directory, 'work');
    mkdirSync(work, { recursive: true });
    const program = join(this.directory, 'bin', 'task-api.mjs');
    const server = new BuiltServer(work, variables, [], program);
    await server.ready();
    return server;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}
