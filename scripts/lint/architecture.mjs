/**
 * The law of the layers: what may know what. Each law is an ESLint rule `law/<name>` that says what
 * to write instead; test/architecture/layer-law.spec.ts shows that each one bites.
 */

import { leadsUp, ROOMS } from './rooms.mjs';

const SRC = ['src/**/*.ts'];
const TESTS = ['test/**/*.ts'];

/** @type {import('./architecture.mjs').Law[]} */
export const LAWS = [
  {
    name: 'database-in-persistence-only',
    message:
      'Only persistence knows the database. Add a method to the *.repository.ts of the feature and call that.',
    files: SRC,
    except: [
      'src/{database,embedded-postgres}/**',
      'src/cli/doctor/{database-diagnosis,invalid-indexes,session-room}.ts',
      'src/**/*.{repository,statements,entity,module}.ts',
    ],
    imports: /^(typeorm|@nestjs\/typeorm|pg|pg-[^/]+)(\/|$)/,
  },
  {
    name: 'connection-in-database-only',
    message:
      'A DataSource, EntityManager or QueryRunner reaches every row. Use the scoped query of src/database.',
    files: SRC,
    except: ['src/{database,embedded-postgres}/**'],
    syntax:
      'ImportSpecifier[imported.name=/^(DataSource|EntityManager|QueryRunner|Inject(DataSource|EntityManager)|get(DataSource|EntityManager)Token)$/]',
  },
  {
    name: 'client-by-settings',
    message:
      'Call withClient, openClient, newClient or newPool: they obey channel_binding=require, which pg does not, and survive a session that is lost.',
    files: ['src/**/*.ts'],
    except: ['src/database/session/client.ts'],
    syntax: 'NewExpression[callee.name=/^(Client|Pool)$/]',
  },
  {
    name: 'repository-composed',
    message:
      'Hold a Repository in a private field: inherited, its unscoped methods are methods of yours.',
    files: SRC,
    syntax: ':matches(ClassDeclaration, ClassExpression)[superClass.name=/Repository$/]',
  },
  {
    name: 'repository-writes-scoped',
    message:
      "save, upsert and remove go by the id alone and take over another user's row; query skips the scope. Use a compiled statement.",
    files: ['src/**/*.repository.ts'],
    syntax:
      'CallExpression[callee.property.name=/^(save|upsert|remove|softRemove|recover|clear|query)$/]',
  },
  {
    name: 'query-builder-in-statements-only',
    message:
      'Compose the statement once, in the *.statements.ts of the feature, where the scope is part of it.',
    files: SRC,
    except: ['src/**/*.statements.ts'],
    syntax: 'MemberExpression[property.name="createQueryBuilder"]',
  },
  {
    name: 'controller-speaks-http-only',
    message: 'A controller talks to its service; rows and statements stay below it.',
    files: ['src/**/*.controller.ts'],
    imports: /\.(repository|statements|entity)$/,
  },
  {
    name: 'repository-private-to-feature',
    message: "Call the other feature's service; its repository is its own affair.",
    files: SRC,
    // A feature reaches its own repository without naming a folder: ./x.repository, ../x.repository.
    imports: /[^./][^/]*\/[^/]+\.repository$/,
  },
  {
    name: 'scope-minted-by-guard-only',
    message:
      'Only the guard knows whose request this is. Take the UserScope that it minted as a parameter, and import its type.',
    files: SRC,
    // At the command line the operator says whose tasks are meant; the scope does not leave that file.
    except: ['src/user-scope/user-scope.guard.ts', 'src/cli/operator-scope.ts'],
    // Nobody mints one without the class itself; its type, as everybody imports it, is no help.
    syntax: [
      'ImportDeclaration[importKind!="type"][source.value=/user-scope(.js)?$/] > :matches(ImportSpecifier[importKind!="type"], ImportNamespaceSpecifier, ImportDefaultSpecifier)',
      'ImportExpression[source.value=/user-scope(.js)?$/]',
      'CallExpression[callee.name="require"][arguments.0.value=/user-scope(.js)?$/]',
      'TSTypeQuery[exprName.name="UserScope"]',
    ].join(', '),
  },
  {
    name: 'named-user-in-transfer-only',
    message:
      'Only commands that the operator gives a user act for one whom nobody has proved to be; no request may reach this.',
    files: SRC,
    except: [
      'src/cli/transfer/{export,import}.command.ts',
      'src/cli/accounts/{user.command,move-user}.ts',
    ],
    imports: /(^|\/)operator-scope(\.js)?$/,
  },
  {
    name: 'imports-downward',
    message:
      'Imports between the rooms of src/ point downward (ROOMS in scripts/lint/rooms.mjs). Move what both need into the lower room.',
    files: SRC,
    rooms: ROOMS,
  },
  {
    name: 'database-knows-no-http',
    message:
      'The database throws errors of its own (src/database/database-errors.ts); src/error-handling makes problems of them.',
    files: ['src/database/**/*.ts', 'src/embedded-postgres/**/*.ts'],
    imports: /\/(problems|http|error-handling)\//,
  },
  {
    name: 'transfer-by-commands-only',
    message: 'Rows of whole accounts are read and written by commands. No request may reach this.',
    files: SRC,
    except: ['src/cli/**', 'src/tasks/transfer/**'],
    imports: /(^|\/)transfer\//,
  },
  {
    name: 'problems-by-code',
    message:
      "Throw new ProblemError('code'): the table in src/problems/problem-types.ts knows its status.",
    files: SRC,
    except: ['src/error-handling/**'],
    syntax:
      'ImportDeclaration[source.value="@nestjs/common"] > ImportSpecifier[imported.name=/Exception$/]',
  },
  {
    name: 'environment-in-config-only',
    message: 'Add the variable to src/config/environment-variables.ts and take it from Env.',
    files: [...SRC, 'migrations/**/*.ts', 'ormconfig.ts'],
    except: ['src/config/sources/process-environment.ts'],
    syntax: [
      'MemberExpression[object.name="process"][property.name="env"]',
      'MemberExpression[object.name="process"][property.value="env"]',
      'VariableDeclarator[init.name="process"]',
      'ImportDeclaration[source.value=/^(node:)?process$/]',
    ].join(', '),
  },
  {
    name: 'one-home-for-each-name',
    message: 'Import a thing from the file that defines it; a re-export gives it a second home.',
    files: [...SRC, 'migrations/**/*.ts'],
    syntax: 'ExportAllDeclaration, ExportNamedDeclaration[source]',
  },
  {
    name: 'named-exports-only',
    message: 'Export by name, so that the thing has the same name everywhere.',
    files: [...SRC, 'migrations/**/*.ts'],
    syntax: 'ExportDefaultDeclaration',
  },
  {
    name: 'no-drawers',
    message: 'Name the folder for what it is about: everything fits into a drawer, and gets lost.',
    files: [
      'src/**/{common,core,helpers,interfaces,lib,libs,misc,shared,types,util,utils}/**/*.ts',
    ],
    syntax: 'Program',
  },
  {
    name: 'no-index-files',
    message: 'Name the file for what it holds; "index" says nothing in a search or a stack trace.',
    files: ['src/**/index.ts'],
    syntax: 'Program',
  },
  {
    name: 'fields-initialised',
    message: 'Initialise it, or make it optional: only entities and DTOs are filled from outside.',
    files: SRC,
    except: ['src/**/*.{entity,dto}.ts', 'src/**/dto/*.ts'],
    syntax: ':matches(PropertyDefinition, VariableDeclarator)[definite=true]',
  },
  {
    name: 'few-dependencies',
    message: 'A class that needs more than five others does more than one thing; split it.',
    files: SRC,
    syntax: 'MethodDefinition[kind="constructor"][value.params.length>5]',
  },
  {
    name: 'tests-on-real-parts',
    message: 'Pass a real part, or a fake one to the constructor: a mocked module tests the mock.',
    files: TESTS,
    syntax:
      'MemberExpression[object.name="jest"][property.name=/^(mock|doMock|unstable_mockModule)$/]',
  },
  {
    name: 'every-test-runs',
    message: 'Remove it: an "only" silences every other test of the file.',
    files: TESTS,
    syntax: 'MemberExpression[object.name=/^(describe|it|test)$/][property.name="only"]',
  },
];

function rule({ message, imports, rooms, syntax }) {
  return {
    meta: { type: 'problem', schema: [], messages: { broken: message } },
    create(context) {
      const report = (node) => context.report({ node, messageId: 'broken' });
      if (syntax !== undefined) return { [syntax]: report };
      const isForbidden = (specifier) =>
        rooms === undefined ? imports.test(specifier) : leadsUp(rooms, context.filename, specifier);
      const check = (node) => {
        if (isForbidden(node.source?.value)) report(node);
      };
      return {
        ImportDeclaration: check,
        ImportExpression: check,
        TSImportType: check,
        ExportAllDeclaration: check,
        ExportNamedDeclaration: check,
      };
    },
  };
}

const plugin = { rules: Object.fromEntries(LAWS.map((law) => [law.name, rule(law)])) };

/** One config object for each law; they need no type information. */
export const lawConfigs = LAWS.map(({ name, files, except = [] }) => ({
  name: `law/${name}`,
  files,
  ignores: except,
  plugins: { law: plugin },
  rules: { [`law/${name}`]: 'error' },
}));
