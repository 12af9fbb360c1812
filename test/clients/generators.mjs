import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The machine lacks what a generator needs. */
export class Missing extends Error {}

const JAR = {
  artifact: 'org.openapitools:openapi-generator-cli:7.25.0',
  file: 'openapi-generator-cli-7.25.0.jar',
  sha256: '41ce4f6b07f196676439d710759fa1ced7a08066d06ff1bf314681470289efae',
};
const STRICT = {
  strict: true,
  noUncheckedIndexedAccess: true,
  target: 'es2022',
  module: 'commonjs',
  moduleResolution: 'node10',
  ignoreDeprecations: '5.0',
  lib: ['es2022', 'dom', 'dom.iterable'],
  types: ['node'],
  esModuleInterop: true,
  skipLibCheck: true,
};

/** By name: each makes its client in a directory of its own, and runs it. */
export const GENERATORS = {
  spectral: ({ directory, execute, HERE, ROOT }) => {
    const ruleset = join(directory, 'ruleset.json');
    writeFileSync(ruleset, '{"extends":["spectral:oas"]}');
    const report = execute(bin(HERE, 'spectral'), [
      ...['lint', join(ROOT, 'openapi.json'), '--ruleset', ruleset],
      ...['--fail-severity', 'hint'],
    ]);
    if (!report.includes('No results')) throw new Error('Spectral has something to say.');
  },

  'hey-api': (context) => {
    const { directory, execute, HERE, ROOT } = context;
    execute(bin(HERE, 'openapi-ts'), [
      ...['--input', join(ROOT, 'openapi.json'), '--output', join(directory, 'client')],
      ...['--plugins', '@hey-api/client-fetch', '@hey-api/sdk', '@hey-api/typescript', 'zod'],
    ]);
    runTypeScript('hey-api.ts', context);
  },

  orval: (context) => {
    const { api, directory, execute, HERE, ROOT } = context;
    const output = (name, more) => ({
      input: join(ROOT, 'openapi.json'),
      output: { target: join(directory, 'client', `${name}.ts`), mode: 'single', ...more },
    });
    const config = {
      query: output('query', { client: 'react-query', httpClient: 'fetch', baseUrl: api.url }),
      zod: output('zod', { client: 'zod' }),
    };
    writeFileSync(join(directory, 'orval.config.json'), JSON.stringify(config));
    const file = join(directory, 'orval.config.mjs');
    writeFileSync(file, `export default ${JSON.stringify(config)};\n`);
    execute(bin(HERE, 'orval'), ['--config', file]);
    runTypeScript('orval.ts', context);
  },

  'openapi-typescript': (context) => {
    const { directory, execute, HERE, ROOT } = context;
    execute(bin(HERE, 'openapi-typescript'), [
      join(ROOT, 'openapi.json'),
      ...['--output', join(directory, 'client', 'schema.ts')],
    ]);
    runTypeScript('openapi-fetch.ts', context);
  },

  postman: async ({ api, HERE, ROOT }) => {
    const { tryCollection } = await import(pathToFileURL(join(HERE, 'programs', 'postman.mjs')));
    await tryCollection(join(ROOT, 'openapi.json'), api);
  },

  'requests-file': ({ api, directory, execute, HERE, ROOT }) => {
    const file = join(directory, 'requests.http');
    const text = readFileSync(join(ROOT, 'docs', 'requests.http'), 'utf8');
    writeFileSync(file, text.replace('http://127.0.0.1:3000', api.url));
    const report = execute(bin(HERE, 'httpyac'), ['send', 'requests.http', '--all', '--json'], {
      cwd: directory,
    });
    const { requests } = JSON.parse(report);
    const written = text.match(/^# @name /gm).length;
    const failed = requests.filter(({ response }) => !(response?.statusCode < 400));
    if (requests.length !== written || failed.length > 0) {
      throw new Error(`${written} requests, ${requests.length} sent, ${failed.length} failed`);
    }
  },

  'openapi-python-client': (context) => {
    const { directory, execute, ROOT } = context;
    const python = pythonOf(context);
    // It knows no JSON Lines, and reads them as the text that they are.
    const config = join(directory, 'config.json');
    const overrides = { content_type_overrides: { 'application/jsonl': 'text/plain' } };
    writeFileSync(config, JSON.stringify(overrides));
    execute(
      join(directory, 'venv', 'bin', 'openapi-python-client'),
      [
        ...['generate', '--path', join(ROOT, 'openapi.json'), '--meta', 'none'],
        ...['--output-path', join(directory, 'task_api_client'), '--fail-on-warning'],
        ...['--config', config],
      ],
      { env: { PATH: `${join(directory, 'venv', 'bin')}:${process.env.PATH}` } },
    );
    runPython(python, 'openapi-python-client.py', context);
  },

  'openapi-generator-python': (context) => {
    generate('python', context);
    runPython(pythonOf(context), 'openapi-generator.py', context);
  },

  'openapi-generator-go': (context) => {
    const { directory, copy, execute } = context;
    if (!isHere(execute, 'go', ['version'])) throw new Missing('needs Go');
    generate('go', context, ['--additional-properties', 'packageName=taskapi,withGoMod=false']);
    copy('go', directory);
    const cwd = join(directory, 'go');
    const env = { ...variablesOf(context), GOFLAGS: '-mod=mod' };
    writeFileSync(
      join(cwd, 'go.mod'),
      'module example.com/check\n\ngo 1.23\n\nrequire example.com/taskapi v0.0.0\n\nreplace example.com/taskapi => ../client\n',
    );
    writeFileSync(join(directory, 'client', 'go.mod'), 'module example.com/taskapi\n\ngo 1.23\n');
    execute('go', ['vet', '.'], { cwd, env });
    execute('go', ['run', '.'], { cwd, env });
  },
};

function bin(HERE, name) {
  return join(HERE, 'node_modules', '.bin', name);
}

function variablesOf({ api, ROOT }) {
  return {
    TASK_API_URL: api.url,
    TASK_API_TOKEN: api.token,
    OPENAPI_DOCUMENT: join(ROOT, 'openapi.json'),
  };
}

/** Type-checks the program and the client as strictly as can be, compiles and runs them. */
function runTypeScript(program, context) {
  const { directory, copy, execute, HERE } = context;
  copy(program, directory);
  const config = {
    compilerOptions: { ...STRICT, rootDir: '.', outDir: 'js' },
    include: [program, 'client'],
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(directory, 'package.json'), '{"type":"commonjs"}');
  execute(bin(HERE, 'tsc'), ['--project', directory]);
  execute(process.execPath, [join(directory, 'js', program.replace('.ts', '.js'))], {
    env: variablesOf(context),
  });
}

function pythonOf({ directory, execute, HERE }) {
  const python = join(directory, 'venv', 'bin', 'python');
  try {
    execute('python3', ['-m', 'venv', join(directory, 'venv')]);
    execute(python, [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'],
      ...['--retries', '1', '--timeout', '15', '--requirement', join(HERE, 'requirements.txt')],
    ]);
  } catch {
    throw new Missing('needs Python 3.10 with venv, and PyPI');
  }
  return python;
}

function runPython(python, program, context) {
  const { directory, copy, execute } = context;
  copy(program, directory);
  execute(python, [program], { cwd: directory, env: variablesOf(context) });
}

/** Java runs the jar, which Maven fetches; its content is checked here. */
function generate(language, { directory, execute, HERE, ROOT }, more = []) {
  if (!isHere(execute, 'java', ['-version'])) throw new Missing('needs Java 11');
  const place = join(HERE, '.generated', 'jar');
  mkdirSync(place, { recursive: true });
  const jar = join(place, JAR.file);
  if (!existsSync(jar)) {
    try {
      execute('mvn', [
        ...['--quiet', '--batch-mode', 'dependency:copy'],
        ...[`-Dartifact=${JAR.artifact}`, `-DoutputDirectory=${place}`],
      ]);
    } catch {
      throw new Missing('needs Maven, and Maven Central');
    }
  }
  const sha256 = createHash('sha256').update(readFileSync(jar)).digest('hex');
  if (sha256 !== JAR.sha256) throw new Error(`${JAR.file} has the SHA-256 ${sha256}.`);
  execute('java', [
    ...['-jar', jar, 'generate', '-g', language, '-i', join(ROOT, 'openapi.json')],
    ...['-o', join(directory, 'client'), ...more],
  ]);
  if (readdirSync(join(directory, 'client')).length === 0) throw new Error('It made nothing.');
}

function isHere(execute, command, args) {
  try {
    execute(command, args);
    return true;
  } catch {
    return false;
  }
}
