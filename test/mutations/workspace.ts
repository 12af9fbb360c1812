import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Edit, Mutant } from './mutant';

const ROOT = join(__dirname, '..', '..');
const COPIED = [
  'src',
  'migrations',
  'test',
  'jest.config.cjs',
  'openapi.json',
  'package.json',
  '.swcrc',
];
const TIME_LIMIT_MS = 120_000;

/** What Jest says about one test. */
export interface TestResult {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

/** A copy of the sources and tests, which may be damaged. */
export class Workspace {
  private constructor(
    private readonly directory: string,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly interrupted: AbortSignal,
  ) {}

  /** @param variables tell its tests which PostgreSQL to use */
  static create(variables: Readonly<Record<string, string>>, interrupted: AbortSignal): Workspace {
    const directory = mkdtempSync(join(tmpdir(), 'task-api-mutations-'));
    for (const name of COPIED) {
      cpSync(join(ROOT, name), join(directory, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'), 'junction');
    const plain = { NO_COLOR: '1', FORCE_COLOR: '0' };
    return new Workspace(directory, { ...process.env, ...plain, ...variables }, interrupted);
  }

  /** Runs the test of a mutant on sources with its edits. */
  async tryOut({ edits, spec, test }: Mutant): Promise<TestResult | undefined> {
    const files = new Set(edits.map(({ file }) => file));
    try {
      for (const edit of edits) this.#apply(edit);
      const [result] = await this.run([{ spec, test }]);
      return result;
    } finally {
      for (const file of files) cpSync(join(ROOT, file), join(this.directory, file));
    }
  }

  /** Runs these tests alone, and tells of those that have run. */
  async run(tests: readonly Pick<Mutant, 'spec' | 'test'>[]): Promise<readonly TestResult[]> {
    const specs = new Set(tests.map(({ spec }) => spec));
    const projects = new Set(Array.from(specs, (spec) => spec.replace(/\/.*/, '')));
    const names = Array.from(new Set(tests.map(({ test }) => test)), escaped);
    const report = join(this.directory, 'report.json');
    rmSync(report, { force: true });
    await this.#jest([
      ...['--runInBand', '--silent', '--forceExit', '--json', `--outputFile=${report}`],
      ...['--testNamePattern', `^(${names.join('|')})$`],
      ...['--testPathPatterns', ...Array.from(specs, (spec) => `/test/${spec}\\.spec\\.ts$`)],
      ...['--selectProjects', ...projects],
    ]);
    return resultsIn(report);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #apply({ file, from, to }: Edit): void {
    const path = join(this.directory, file);
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(from, () => to),
    );
  }

  async #jest(options: readonly string[]): Promise<void> {
    const jest = spawn(process.execPath, ['node_modules/jest/bin/jest.js', ...options], {
      cwd: this.directory,
      env: this.environment,
      stdio: 'ignore',
      signal: this.interrupted,
      timeout: TIME_LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    await once(jest, 'exit');
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');
}

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly TestResult[] }[];
}

function resultsIn(path: string): readonly TestResult[] {
  const { testResults } = JSON.parse(readFileSync(path, 'utf8')) as Report;
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'passed' || status === 'failed');
}

/** The edits whose text does not stand exactly once where it should. */
export function staleEdits(mutants: readonly Mutant[]): readonly string[] {
  return mutants.flatMap(({ name, edits }) =>
    edits
      .filter(({ file, from }) => readFileSync(join(ROOT, file), 'utf8').split(from).length !== 2)
      .map(({ file, from }) => `${name}: ${file} does not have exactly once: ${from}`),
  );
}
