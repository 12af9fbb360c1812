import { describe, expect, it } from '@jest/globals';
import { Linter } from 'eslint';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, matchesGlob, sep } from 'node:path';
import { parser } from 'typescript-eslint';
import { LAWS, lawConfigs } from '../../scripts/lint/architecture.mjs';

const ESLINT = 'node_modules/eslint/bin/eslint.js';

interface Code {
  readonly path: string;
  readonly text: string;
}

/** For each law: code that breaks it, and its clean twin, which breaks none. */
const FIXTURES: Record<string, { readonly broken: readonly Code[]; readonly clean: Code }> = {
  'imports-downward': {
    broken: [
      code(
        'src/auth/identity.ts',
        `import { ProblemFilter } from '../error-handling/problem.filter';`,
      ),
      code('src/database/lanes/lane.ts', `import type { Task } from '../../tasks/task.entity';`),
      code(
        'src/problems/problem-error.ts',
        `const { serve } = await import('../server/serve.js');`,
      ),
      code('src/tasks/tasks.service.ts', `import { AppModule } from '../app.module';`),
      code('src/config/env.ts', `import { helper } from '../attic/helper';`),
    ],
    clean: code(
      'src/tasks/tasks.service.ts',
      `import { UsersService } from '../users/users.service';`,
    ),
  },
  'database-knows-no-http': {
    broken: [
      code(
        'src/database/lanes/lanes.ts',
        `import { retryLater } from '../../problems/problem-error';`,
      ),
      code(
        'src/embedded-postgres/bootstrap.ts',
        `import { hangUpOf } from '../http/adapter/response-events';`,
      ),
    ],
    clean: code(
      'src/database/lanes/lanes.ts',
      `import { DatabaseRefusal } from '../database-errors';`,
    ),
  },
  'transfer-by-commands-only': {
    broken: [
      code(
        'src/tasks/tasks.repository.ts',
        `import { rows } from './transfer/task-transfer.statements';`,
      ),
    ],
    clean: code(
      'src/cli/transfer/export.command.ts',
      `import { rows } from '../../tasks/transfer/task-transfer.statements';`,
    ),
  },
  'database-in-persistence-only': {
    broken: [
      code('src/tasks/tasks.service.ts', `import { In } from 'typeorm'; In([]);`),
      code('src/users/users.controller.ts', `import type { Client } from 'pg'; let c: Client;`),
      code('src/tasks/tasks.service.ts', `import { InjectRepository } from '@nestjs/typeorm';`),
      code('src/health/health.service.ts', `const pg = await import('pg');`),
      code('src/health/health.service.ts', `let client: import('pg').Client;`),
    ],
    clean: code('src/tasks/tasks.repository.ts', `import { In } from 'typeorm'; In([]);`),
  },
  'connection-in-database-only': {
    broken: [
      code('src/tasks/tasks.repository.ts', `import { DataSource } from 'typeorm';`),
      code('src/tasks/tasks.statements.ts', `import { EntityManager as M } from 'typeorm';`),
      code('src/users/users.repository.ts', `import { InjectDataSource } from '@nestjs/typeorm';`),
    ],
    clean: code(
      'src/database/schema/data-source-options.ts',
      `import { DataSource } from 'typeorm';`,
    ),
  },
  'repository-composed': {
    broken: [code('src/tasks/tasks.repository.ts', `class TasksRepository extends Repository {}`)],
    clean: code('src/tasks/tasks.repository.ts', `class TasksRepository { #tasks; }`),
  },
  'repository-writes-scoped': {
    broken: ['save', 'upsert', 'remove', 'query'].map((method) =>
      code('src/tasks/tasks.repository.ts', `await this.#tasks.${method}(task);`),
    ),
    clean: code('src/tasks/tasks.repository.ts', `await this.#tasks.update(scope, patch);`),
  },
  'query-builder-in-statements-only': {
    broken: [
      code('src/tasks/tasks.repository.ts', `this.#tasks.createQueryBuilder();`),
      code('src/database/lanes/lanes.ts', `dataSource.createQueryBuilder();`),
    ],
    clean: code('src/tasks/tasks.statements.ts', `tasks.createQueryBuilder();`),
  },
  'controller-speaks-http-only': {
    broken: [
      code(
        'src/tasks/tasks.controller.ts',
        `import { TasksRepository } from './tasks.repository';`,
      ),
      code('src/tasks/tasks.controller.ts', `import { TaskEntity } from './task.entity';`),
      code('src/tasks/tasks.controller.ts', `import { list } from './tasks.statements';`),
    ],
    clean: code('src/tasks/tasks.controller.ts', `import { TasksService } from './tasks.service';`),
  },
  'repository-private-to-feature': {
    broken: [
      code('src/tasks/tasks.service.ts', `import { U } from '../users/users.repository';`),
      code('src/app.module.ts', `import { T } from './tasks/tasks.repository';`),
      code('src/tasks/dto/task.dto.ts', `import { U } from '../../users/users.repository';`),
    ],
    clean: code(
      'src/tasks/tasks.service.ts',
      `import { T } from './tasks.repository'; import { U } from '../users/users.service';`,
    ),
  },
  'scope-minted-by-guard-only': {
    broken: [
      ...[
        `import { UserScope } from '../user-scope/user-scope'; UserScope.of(userId);`,
        `import { UserScope as Innocent } from '../user-scope/user-scope';`,
        `import * as innocent from '../user-scope/user-scope';`,
        `const { UserScope } = await import('../user-scope/user-scope.js');`,
        `const { UserScope } = require('../user-scope/user-scope');`,
        `(scope.constructor as typeof UserScope).of(userId);`,
      ].flatMap((text) => [
        code('src/tasks/tasks.service.ts', text),
        code('src/cli/transfer/export.command.ts', text),
        code('src/database/operator/scoped-transaction.ts', text),
      ]),
      code('src/user-scope/user-scope.decorators.ts', `import { UserScope } from './user-scope';`),
    ],
    clean: code(
      'src/tasks/tasks.service.ts',
      `import type { UserScope } from '../user-scope/user-scope'; let scope: UserScope;`,
    ),
  },
  'named-user-in-transfer-only': {
    broken: [
      code('src/cli/seed/seed.command.ts', `import { openTransactionOf } from './operator-scope';`),
      code('src/cli/seed/seed.command.ts', `await import('./operator-scope.js');`),
    ],
    clean: code(
      'src/cli/transfer/export.command.ts',
      `import { openTransactionOf } from './operator-scope';`,
    ),
  },
  'client-by-settings': {
    broken: [
      code('src/database/operator/bulk-writer.ts', `const client = new Client({ ...settings });`),
      code('src/database/pool/scoped-pool.ts', `const pool = new Pool({ ...settings });`),
    ],
    clean: code(
      'src/database/operator/bulk-writer.ts',
      `const client = newClient({ ...settings });`,
    ),
  },
  'problems-by-code': {
    broken: [
      code('src/tasks/tasks.service.ts', `import { NotFoundException } from '@nestjs/common';`),
    ],
    clean: code(
      'src/tasks/tasks.service.ts',
      `import { Injectable } from '@nestjs/common'; throw new ProblemError('task-not-found');`,
    ),
  },
  'environment-in-config-only': {
    broken: [
      code('src/tasks/tasks.service.ts', `const port = process.env.PORT;`),
      code('src/tasks/tasks.service.ts', `const env = process['env'];`),
      code('src/tasks/tasks.service.ts', `const { env } = process;`),
      code('src/tasks/tasks.service.ts', `import { env } from 'node:process';`),
      code('src/tasks/tasks.service.ts', `parseEnv(process.env);`),
    ],
    clean: code('src/config/sources/process-environment.ts', `const environment = process.env;`),
  },
  'one-home-for-each-name': {
    broken: [
      code('src/tasks/tasks.module.ts', `export * from './tasks.service';`),
      code('src/tasks/tasks.module.ts', `export { TasksService } from './tasks.service';`),
    ],
    clean: code('src/tasks/tasks.module.ts', `export const tasks = 1;`),
  },
  'named-exports-only': {
    broken: [code('src/tasks/tasks.module.ts', `export default class TasksModule {}`)],
    clean: code('ormconfig.ts', `export default dataSource;`),
  },
  'no-drawers': {
    broken: ['common', 'utils', 'shared', 'helpers', 'lib'].map((folder) =>
      code(`src/${folder}/clock.ts`, `export const clock = Date;`),
    ),
    clean: code('src/tasks/clock.ts', `export const clock = Date;`),
  },
  'no-index-files': {
    broken: [code('src/tasks/index.ts', `export const tasks = 1;`)],
    clean: code('migrations/index.ts', `export const migrations = [];`),
  },
  'fields-initialised': {
    broken: [code('src/tasks/tasks.service.ts', `class TasksService { tasks!: string; }`)],
    clean: code('src/tasks/task.entity.ts', `class TaskEntity { title!: string; }`),
  },
  'few-dependencies': {
    broken: [code('src/tasks/tasks.service.ts', `class T { constructor(a, b, c, d, e, f) {} }`)],
    clean: code('src/tasks/tasks.service.ts', `class T { constructor(a, b, c, d, e) {} }`),
  },
  'tests-on-real-parts': {
    broken: [code('test/unit/tasks/cursor.spec.ts', `jest.mock('pg');`)],
    clean: code('test/unit/tasks/cursor.spec.ts', `const now = jest.fn();`),
  },
  'every-test-runs': {
    broken: [code('test/unit/tasks/cursor.spec.ts', `it.only('keeps its promise', () => {});`)],
    clean: code('test/unit/tasks/cursor.spec.ts', `it('keeps its promise', () => {});`),
  },
};

function code(path: string, text: string): Code {
  return { path, text };
}

const linter = new Linter();
const config = [
  { files: ['**/*.ts'], languageOptions: { parser } },
  ...lawConfigs,
] as Linter.Config[];

function lawsBrokenBy({ path, text }: Code): (string | null)[] {
  return linter.verify(text, config, { filename: path }).map(({ ruleId }) => ruleId);
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).replaceAll(sep, '/'));
}

describe('the law of the layers', () => {
  it('has a fixture for every law', () => {
    expect(Object.keys(FIXTURES).sort()).toEqual(LAWS.map(({ name }) => name).sort());
  });

  it.each(Object.entries(FIXTURES))('%s bites, and spares the clean twin', (name, fixture) => {
    for (const broken of fixture.broken) {
      expect({ ...broken, laws: lawsBrokenBy(broken) }).toEqual({
        ...broken,
        laws: [`law/${name}`],
      });
    }
    expect(lawsBrokenBy(fixture.clean)).toEqual([]);
  });

  it('exempts nothing that is not there', () => {
    const files = filesUnder('src');
    const exemptions = LAWS.flatMap(({ except = [] }) => except);
    expect(exemptions.filter((glob) => !files.some((path) => matchesGlob(path, glob)))).toEqual([]);
  });
});

describe('src', () => {
  const sources = [...filesUnder('src'), ...filesUnder('migrations')];

  it('silences no rule and no type error', () => {
    const silenced = /eslint-disable|@ts-(ignore|nocheck|expect-error)/;
    expect(sources.filter((path) => silenced.test(readFileSync(path, 'utf8')))).toEqual([]);
  });

  it('makes a UserScope in two places', () => {
    const makesOne = /\bUserScope\s*\.\s*of\b|\bnew UserScope\b/;
    expect(sources.filter((path) => makesOne.test(readFileSync(path, 'utf8'))).sort()).toEqual([
      'src/cli/operator-scope.ts',
      'src/user-scope/user-scope.guard.ts',
      // The class itself.
      'src/user-scope/user-scope.ts',
    ]);
  });

  it('has no file of more than 250 lines', () => {
    const lines = (path: string) => readFileSync(path, 'utf8').trimEnd().split('\n').length;
    expect(sources.filter((path) => lines(path) > 250)).toEqual([]);
  });

  it('is linted with types, despite any comment', () => {
    const careless = `
      /* eslint-disable */
      export async function careless(value: any): Promise<string> {
        Promise.resolve(value);
        return value!.name as string;
      }
    `;
    // A file that TypeScript knows; only its text is another.
    const filename = 'src/problems/problem-error.ts';
    const { stdout } = spawnSync(
      process.execPath,
      [ESLINT, '--format', 'json', '--stdin', '--stdin-filename', filename],
      { input: careless, encoding: 'utf8' },
    );
    const [{ messages }] = JSON.parse(stdout) as [{ messages: { ruleId: string | null }[] }];
    expect(messages.map(({ ruleId }) => ruleId)).toEqual(
      expect.arrayContaining([
        '@typescript-eslint/no-explicit-any',
        '@typescript-eslint/no-floating-promises',
        '@typescript-eslint/no-non-null-assertion',
      ]),
    );
  }, 60_000);
});
