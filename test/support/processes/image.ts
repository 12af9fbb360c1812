import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, posix } from 'node:path';
import { DockerfileParser, type Instruction } from 'dockerfile-ast';
import { type JSONInstruction } from 'dockerfile-ast/lib/jsonInstruction';

const ROOT = join(__dirname, '..', '..', '..');
/** Cannot write what another user owns; the number has no account of importance anywhere. */
const NOBODY = 65_534;

/** What a stage has become so far: its files, and what its instructions said about running it. */
interface Stage {
  readonly root: string;
  workdir: string;
  env: Readonly<Record<string, string>>;
  user: string;
  command: readonly string[];
  healthcheck: readonly string[];
}

/**
 * The steps of a Dockerfile, run as they are, but in a plain directory for each stage instead of a
 * container. What it cannot do faithfully it refuses, so that the Dockerfile cannot drift from it.
 */
export class Image {
  readonly #base = mkdtempSync(join(tmpdir(), 'task-api-image-'));
  readonly #stages = new Map<string, Stage>();
  #last: Stage;

  private constructor(
    dockerfile: string,
    private readonly node: string,
  ) {
    chmodSync(this.#base, 0o755);
    this.#last = this.#emptyStage();
    for (const step of DockerfileParser.parse(dockerfile).getInstructions()) this.#run(step);
  }

  /** @param node the binary that stands for the one of the base image */
  static build(dockerfile: string, node: string): Image {
    return new Image(dockerfile, node);
  }

  /** Where CMD runs. */
  get directory(): string {
    return join(this.#last.root, this.#last.workdir);
  }

  get command(): readonly string[] {
    return this.#last.command;
  }

  get healthcheck(): readonly string[] {
    return this.#last.healthcheck;
  }

  /** How a process of the image is spawned: with nothing of this process's environment. */
  spawnOptions(variables: Readonly<Record<string, string>>) {
    const { env, user } = this.#last;
    const isRoot = process.getuid?.() === 0;
    if (user === '' || user === 'root') throw new Error('The image runs as root');
    return {
      cwd: this.directory,
      env: { PATH: join(this.#last.root, 'usr/local/bin'), ...env, ...variables },
      ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    };
  }

  remove(): void {
    rmSync(this.#base, { recursive: true, force: true });
  }

  #emptyStage(): Stage {
    const root = mkdtempSync(join(this.#base, 'stage-'));
    chmodSync(root, 0o755);
    return { root, workdir: '/', env: {}, user: '', command: [], healthcheck: [] };
  }

  #run(step: Instruction): void {
    const words = step.getArguments().map((word) => word.getValue());
    const [first = '', second = ''] = words;
    const stage = this.#last;
    switch (step.getKeyword()) {
      case 'FROM':
        this.#last = this.#begin(first, words[2]);
        return;
      case 'WORKDIR':
        stage.workdir = posix.resolve(stage.workdir, first);
        mkdirSync(join(stage.root, stage.workdir), { recursive: true });
        return;
      case 'ENV':
        stage.env = { ...stage.env, ...Object.fromEntries(words.map((word) => word.split('='))) };
        return;
      case 'USER':
        stage.user = first;
        return;
      case 'COPY':
        this.#copy(step as JSONInstruction, words);
        return;
      case 'RUN':
        this.#execute(step as JSONInstruction, words.join(' '));
        return;
      case 'CMD':
        stage.command = execForm(words.join(' '));
        return;
      case 'HEALTHCHECK':
        stage.healthcheck = execForm([second, ...words.slice(2)].join(' '));
        return;
      case 'LABEL':
      case 'EXPOSE':
      case 'STOPSIGNAL':
        return;
      default:
        throw new Error(`Cannot run ${step.getKeyword()}`);
    }
  }

  #begin(image: string, name?: string): Stage {
    const parent = this.#stages.get(image);
    const stage = this.#emptyStage();
    if (parent === undefined) {
      mkdirSync(join(stage.root, 'usr/local/bin'), { recursive: true });
      cpSync(this.node, join(stage.root, 'usr/local/bin/node'));
    } else {
      Object.assign(stage, { ...parent, root: stage.root });
      // Linked, which takes a tenth of the time: steps add and remove files, but change none.
      execFileSync('cp', ['-al', `${parent.root}/.`, stage.root]);
    }
    if (name !== undefined) this.#stages.set(name, stage);
    return stage;
  }

  #copy(step: JSONInstruction, words: readonly string[]): void {
    const origin = step
      .getFlags()
      .find((flag) => flag.getName() === 'from')
      ?.getValue();
    const from = origin == null ? ROOT : this.#stages.get(origin)?.root;
    if (from === undefined) throw new Error(`COPY from ${String(origin)}, which is no stage`);
    const sources = words.slice(0, -1);
    const target = words.at(-1) ?? '';
    const to = join(this.#last.root, posix.resolve(this.#last.workdir, target));
    for (const source of sources) {
      const path = join(from, source);
      if (!existsSync(path)) throw new Error(`COPY ${source}, which is not there`);
      const into = target.endsWith('/') && !statSync(path).isDirectory();
      cpSync(path, into ? join(to, basename(path)) : to, {
        recursive: true,
        verbatimSymlinks: true,
      });
    }
  }

  #execute(step: JSONInstruction, command: string): void {
    const { root, workdir, env, user } = this.#last;
    if (user !== '') throw new Error('Cannot RUN as another user');
    const mounts = step.getFlags().map(String);
    // It stands for npm's cache of whoever runs this.
    if (mounts.some((mount) => mount !== '--mount=type=cache,target=/root/.npm')) {
      throw new Error(`Cannot mount ${mounts.join(' ')}`);
    }
    const { PATH = '', HOME = '' } = process.env;
    execFileSync('/bin/sh', ['-c', command], {
      cwd: join(root, workdir),
      env: {
        HOME,
        PATH: `${join(root, 'usr/local/bin')}:${PATH}`,
        npm_config_prefer_offline: 'true',
        npm_config_update_notifier: 'false',
        ...env,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }
}

function execForm(text: string): readonly string[] {
  return JSON.parse(text) as readonly string[];
}
