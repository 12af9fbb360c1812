import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { parseIntoClientConfig } from 'pg-connection-string';
import { KNOWN_VARIABLES, SECRET_VARIABLES } from '../../src/config/env';
import { recipesOfPage } from '../support/http/identity-page';

interface Service {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly stop_grace_period: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt: readonly string[];
}

const text = readFileSync('compose.yaml', 'utf8');
const { services, secrets, volumes } = load(text) as {
  readonly services: Readonly<Record<'api' | 'database', Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const { api, database } = services;

describe('compose.yaml', () => {
  it('sets no variable that the API does not read', () => {
    const known = [...KNOWN_VARIABLES, ...SECRET_VARIABLES.map((name) => `${name}_FILE`)];
    expect(Object.keys(api.environment).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('hands on every setting of a recipe of docs/identity.md', () => {
    const used = new Set(recipesOfPage().flatMap(({ settings }) => Object.keys(settings)));
    // Its place in a container is a secret of compose.yaml.
    const handedOn = ['AUTH_SECRET', ...Object.keys(api.environment)];
    expect([...used].filter((name) => !handedOn.includes(name))).toEqual([]);
  });

  it('hands on every other setting, but for those that it decides itself', () => {
    const own =
      /^(PORT|HOST|NODE_ENV|DATA_DIR|ADMIN_\w+|AUTH_SECRET|AUTH_UUID_SUBJECTS|AUTH_\d_\w+)$/;
    const ofDatabase = /^DATABASE_(?!LANES|POOL)/;
    const left = KNOWN_VARIABLES.filter((name) => !(name in api.environment));
    expect(left.filter((name) => !own.test(name) && !ofDatabase.test(name))).toEqual([]);
  });

  it('has each secret in a file beside it, and none in itself', () => {
    for (const { environment, secrets: mounted } of [api, database]) {
      for (const name of mounted) expect(secrets[name]).toEqual({ file: `./secrets/${name}` });
      for (const [name, value] of Object.entries(environment)) {
        if (!/PASSWORD|SECRET|DATABASE_URL|OWNER_URL/.test(name)) continue;
        const file = /\/run\/secrets\/(\w+)/.exec(value)?.[1];
        expect({ name, mounted: mounted.includes(file ?? '') }).toEqual({ name, mounted: true });
        expect(name).toMatch(/_FILE$/);
      }
    }
    expect(text).not.toMatch(/:\/\/[^\s/]+:[^\s/]+@/);
    expect(readFileSync('.gitignore', 'utf8').split('\n')).toContain('secrets/');
  });

  it('waits for the database, and gives each time to stop', () => {
    expect(api.depends_on).toEqual({ database: { condition: 'service_healthy' } });
    expect(database.healthcheck?.test.slice(0, 2)).toEqual(['CMD', 'pg_isready']);
    // The API cuts its clients after ten seconds, and then closes the database.
    expect(parseInt(api.stop_grace_period)).toBeGreaterThanOrEqual(20);
    expect(parseInt(database.stop_grace_period)).toBeGreaterThan(10);
  });

  it('gives the API no power that it does not use', () => {
    expect(api).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(api.ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)]);
    expect(database.ports).toBeUndefined();
  });

  it('keeps the data where the image of PostgreSQL 18 has them', () => {
    expect(database.image).toMatch(/^postgres:18[.]\d+@/);
    expect(Object.keys(volumes)).toEqual(['database']);
    expect(database.volumes).toContain('database:/var/lib/postgresql');
  });

  it('mounts nothing that is not there', () => {
    const mounted = (database.volumes ?? []).filter((volume) => volume.startsWith('./'));

    expect(mounted).toHaveLength(2);
    for (const volume of mounted) {
      expect(statSync(volume.split(':')[0] ?? '').isFile()).toBe(true);
    }
  });
});

describe('the scripts of compose.yaml', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'task-api-compose-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const secret = (name: string): string =>
    readFileSync(join(directory, 'secrets', name), 'utf8').trim();
  const createSecrets = (): void => {
    execFileSync('sh', ['ops/compose/create-secrets.sh', join(directory, 'secrets')]);
  };

  it('make every secret, kept from others on the machine', () => {
    createSecrets();

    expect(readdirSync(join(directory, 'secrets')).sort()).toEqual(Object.keys(secrets).sort());
    expect(statSync(join(directory, 'secrets')).mode & 0o777).toBe(0o700);
    expect(Buffer.byteLength(secret('auth_secret'))).toBeGreaterThanOrEqual(32);
    expect(parseIntoClientConfig(secret('database_url'))).toMatchObject({
      host: 'database',
      database: database.environment['POSTGRES_DB'],
      user: 'task_api_login',
    });
    const passwords = ['postgres_password', 'database_url', 'database_owner_url'].map(
      (name) => /[\da-f]{48}/.exec(secret(name))?.[0],
    );
    expect(new Set(passwords).size).toBe(3);
  });

  it('leave a secret that is there as it is', () => {
    createSecrets();
    const before = Object.keys(secrets).map(secret);
    createSecrets();

    expect(Object.keys(secrets).map(secret)).toEqual(before);
  });

  it('give the logins the passwords that the API has in its URLs', () => {
    createSecrets();
    // Stands for psql: says what it was asked to do.
    const bin = join(directory, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'psql'), '#!/bin/sh\nprintf "%s\\n" "$@"\n');
    chmodSync(join(bin, 'psql'), 0o755);
    const script = readFileSync('ops/compose/create-roles.sh', 'utf8').replace(
      '/run/secrets/',
      `${directory}/secrets/`,
    );
    const asked = execFileSync('sh', ['-c', script], {
      env: {
        PATH: `${bin}:${process.env['PATH'] ?? ''}`,
        POSTGRES_USER: 'postgres',
        POSTGRES_DB: 'tasks',
      },
      encoding: 'utf8',
    }).split('\n');

    const passwordIn = (name: string) => String(parseIntoClientConfig(secret(name)).password);
    expect(asked).toContain(`owner_password=${passwordIn('database_owner_url')}`);
    expect(asked).toContain(`api_password=${passwordIn('database_url')}`);
    expect(asked).toContain('ON_ERROR_STOP=1');
  });
});
