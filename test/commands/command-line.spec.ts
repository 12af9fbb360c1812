import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { decodeJwt } from 'jose';
import { load } from 'js-yaml';
import manifest from '#package.json';
import { verifierFor } from '../support/app/issuers';
import { fixedKey } from '../../src/auth/tokens/trusted-issuer';
import { buildOnce, npmRunCli, runCli, startCli } from '../support/processes/command-line';

const COMMANDS = [
  'migrate',
  'seed',
  'token',
  'doctor',
  'healthcheck',
  'backup',
  'restore',
  'purge',
  'resync',
  'user',
  'move-user',
  'export',
  'import',
  'openapi',
  'version',
];
const PROVIDER = { AUTH_ISSUER: 'https://login.example.com/', AUTH_AUDIENCE: 'tasks' };
const SECRET = { AUTH_SECRET: 'N1lRrQ0mB7yXq2vT9sWkE4uJ6pLzHcGd' };

let directory: string;

beforeAll(() => {
  buildOnce();
  directory = mkdtempSync(join(tmpdir(), 'task-api-cli-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A data directory that no command of these tests has a reason to make. */
const unused = () => ({ DATA_DIR: join(directory, 'unused') });
const used = () => ({ DATA_DIR: join(directory, 'used') });

describe('help', () => {
  it('lists every command and every exit code, and needs no configuration', async () => {
    const { code, stdout, stderr } = await runCli(['help'], { PORT: 'nonsense' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} +\\S`, 'm'));
    for (const exitCode of [0, 1, 64, 65, 66, 67, 69, 73, 78]) {
      expect(stdout).toMatch(new RegExp(`^  ${exitCode} +\\S`, 'm'));
    }
  });

  it('of a command does nothing else', async () => {
    const { code, stdout, stderr } = await runCli(['seed', '--help'], unused());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: npm run cli -- seed /);
    expect(existsSync(unused().DATA_DIR)).toBe(false);
  });
});

describe('an output that is closed', () => {
  it.each(['help', 'openapi', 'version'])('fails without a trace: %s', async (command) => {
    const cli = startCli([command], unused());
    cli.stdout.destroy();
    const [told, [exitCode]] = await Promise.all([text(cli.stderr), once(cli, 'close')]);
    expect({ exitCode, told }).toEqual({
      exitCode: 73,
      told: 'The file cannot be written: standard output is closed\n',
    });
  });
});

describe('a wrong command line', () => {
  it.each([
    [['sed'], "Unknown command 'sed'\n(Did you mean seed?)\nSee: npm run cli -- help\n"],
    [
      ['seed', '--user', '5'],
      "Unknown option '--user'\n(Did you mean --users?)\nSee: npm run cli -- seed --help\n",
    ],
    [
      ['seed', '--users', 'many'],
      "Option '--users <N>' argument 'many' is invalid. It must be a whole number from 1 to 1,000,000.\nSee: npm run cli -- seed --help\n",
    ],
  ])('%j ends with code 64, what is meant, and where to look', async (args, stderr) => {
    expect(await runCli(args, unused())).toEqual({ code: 64, stdout: '', stderr });
    expect(existsSync(unused().DATA_DIR)).toBe(false);
  });
});

describe('a wrong configuration', () => {
  it('is reported with every mistake, and ends with code 78', async () => {
    const { code, stdout, stderr } = await runCli(['migrate'], {
      PORT: 'nonsense',
      DATABASE_URL: 'mysql://example.com',
    });
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr).toMatch(
      /^The configuration is not valid:\n {2}PORT: .*\n {2}DATABASE_URL: .*\n$/,
    );
  });

  it('that points to no database ends with code 69 and one line', async () => {
    const { code, stdout, stderr } = await runCli(['migrate'], {
      DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
    });
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
    expect(stderr).toMatch(/^The database cannot be used: .*\n$/);
  });
});

describe('seed', () => {
  it('refuses production', async () => {
    const { code, stdout, stderr } = await runCli(['seed', '--users', '1', '--tasks', '1'], {
      ...unused(),
      ...SECRET,
      NODE_ENV: 'production',
    });
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr).toBe('seed writes invented users and tasks: not with NODE_ENV=production\n');
    expect(existsSync(unused().DATA_DIR)).toBe(false);
  });
});

describe('token', () => {
  it('prints nothing but the token, through npm as well', async () => {
    const { code, stdout } = await npmRunCli(['token', '--email', 'Ada@Example.com'], used());
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const { email, iat = 0, exp } = decodeJwt(stdout.trim());
    expect({ email, lifetime: Number(exp) - iat }).toEqual({
      email: 'ada@example.com',
      lifetime: 86_400,
    });
  });

  it('prints the user and the lifetime as JSON; the same address is the same user', async () => {
    const [ada, again, bob] = await Promise.all(
      ['ada@example.com', 'ADA@example.com', 'bob@example.com'].map(async (email) => {
        const args = ['token', '--email', email, '--lifetime', '15m', '--json'];
        return JSON.parse((await runCli(args, used())).stdout) as Record<string, unknown>;
      }),
    );
    expect(ada).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'Bearer',
      expires_in: 900,
      user_id: decodeJwt(String(ada?.['access_token'])).sub,
    });
    expect(again?.['user_id']).toBe(ada?.['user_id']);
    expect(bob?.['user_id']).not.toBe(ada?.['user_id']);
  });

  it('is signed with AUTH_SECRET on request, for the issuer and the audience that are set', async () => {
    const variables = { ...unused(), ...SECRET, AUTH_ISSUER: 'urn:me', AUTH_AUDIENCE: 'tasks' };
    const args = ['token', '--sign', '--email', 'Ada@example.com', '--json'];
    const { code, stdout } = await runCli(args, variables);
    expect(code).toBe(0);
    const { access_token: token, user_id: userId } = JSON.parse(stdout) as Record<string, string>;

    const keys = fixedKey(new TextEncoder().encode(SECRET.AUTH_SECRET));
    const tokens = verifierFor(keys, { issuer: 'urn:me', audience: 'tasks' });
    expect(await tokens.verify(String(token))).toMatchObject({
      userId,
      email: 'ada@example.com',
    });
    expect(existsSync(unused().DATA_DIR)).toBe(false);
  });

  it.each([
    ['there are no development tokens', [], SECRET, 64, /while AUTH_SECRET is set: add --sign/],
    ['an OpenID provider issues its own', [], PROVIDER, 78, /provider is configured: get one from/],
    ['there is no AUTH_SECRET', ['--sign'], {}, 78, /^--sign needs AUTH_SECRET\n$/],
  ])('is refused where %s', async (_reason, options, variables, exitCode, message) => {
    const args = ['token', '--email', 'ada@example.com', ...options];
    const { code, stdout, stderr } = await runCli(args, { ...unused(), ...variables });
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
    expect(stderr).toMatch(message);
    expect(existsSync(unused().DATA_DIR)).toBe(false);
  });
});

describe('openapi', () => {
  it('prints the document, or writes it as YAML, without database or valid configuration', async () => {
    const configuration = { PORT: 'nonsense', ...unused() };
    const json = await runCli(['openapi'], configuration);
    expect(json).toMatchObject({ code: 0, stderr: '' });
    const document: unknown = JSON.parse(json.stdout);
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Task API' } });
    expect(json.stdout).toBe(`${JSON.stringify(document, null, 2)}\n`);

    const file = join(directory, 'openapi.yaml');
    const args = ['openapi', '--format', 'yaml', '--output', file];
    const yaml = await runCli(args, configuration);
    expect(yaml).toEqual({ code: 0, stdout: '', stderr: `Wrote ${file}\n` });
    expect(load(readFileSync(file, 'utf8'))).toEqual(document);
    expect(existsSync(unused().DATA_DIR)).toBe(false);
  });

  it('says when it cannot write', async () => {
    const { code, stderr } = await runCli(['openapi', '--output', join(directory, 'no', 'x.json')]);
    expect(code).toBe(73);
    expect(stderr).toMatch(/^The file cannot be written: ENOENT.*\n$/);
  });
});

describe('version', () => {
  it('is for people', async () => {
    const { code, stdout } = await runCli(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^task-api {4}\d+\.\d+\.\d+.*\nnode {8}\d+\.\d+\.\d+\npostgresql {2}\d+\.\d+ \(bundled\)\n$/,
    );
  });

  it('is for programs', async () => {
    const { stdout } = await runCli(['version', '--json']);
    const { commit, ...versions } = JSON.parse(stdout) as Record<string, unknown>;
    expect(versions).toEqual({
      version: manifest.version,
      node: process.versions.node,
      postgresql: expect.stringMatching(/^18\.\d+$/),
    });
    expect(commit ?? '0'.repeat(40)).toMatch(/^[0-9a-f]{40}$/);
  });
});
