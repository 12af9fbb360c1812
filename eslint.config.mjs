import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { lawConfigs } from './scripts/lint/architecture.mjs';
import { migrationConfigs } from './scripts/lint/migrations.mjs';

const TYPESCRIPT = ['**/*.ts'];
const JAVASCRIPT = ['**/*.{js,mjs,cjs}'];
const TESTS = ['test/**/*.ts'];

export default defineConfig(
  globalIgnores([
    'dist/',
    '.dist-*/',
    '.data/',
    'coverage/',
    'artifacts/',
    'clients/',
    'examples/',
    'test/clients/',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  { files: ['src/**'], linterOptions: { noInlineConfig: true } },
  js.configs.recommended,
  {
    files: TYPESCRIPT,
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'max-lines': ['error', 250],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // A Nest module is a class whose decorator says everything.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // Decorator metadata knows a property's type only where it is written.
      '@typescript-eslint/no-inferrable-types': ['error', { ignoreProperties: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A DTO is a class for the sake of its decorators; otherwise it is plain data.
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Prettier puts [computed] members of a chain on lines of their own, and accidents elsewhere.
      'no-unexpected-multiline': 'off',
      // The validation of texts is about control characters.
      'no-control-regex': 'off',
    },
  },
  {
    files: TESTS,
    rules: {
      'max-lines': ['error', 400],
      // Answers are parsed JSON of any shape; the assertions are what checks it.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    files: JAVASCRIPT,
    // What this Node knows as global.
    languageOptions: {
      globals: Object.fromEntries(
        Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly']),
      ),
    },
    rules: { 'max-lines': ['error', 250] },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: { __dirname: 'readonly' } },
  },
  lawConfigs,
  migrationConfigs,
);
