import { type Mutant, mutant } from './mutant';

const CREATE_TASKS = 'migrations/1795305600002-create-tasks.ts';
const ROW_SECURITY = 'integration/database/row-level-security';
const GATE = 'integration/database/isolation/isolation-gate';
const IMPLICIT_READS =
  'Row-level security, with implicit transactions holds on the lanes where a statement forgets the owner when it reads';

const OWN_TASKS = `'')::uuid)\n        with check (user_id = nullif(current_setting('app.user_id', true), '')::uuid)`;

/** The third layer: what the migrations make. */
export const SCHEMA_MUTANTS: readonly Mutant[] = [
  mutant(
    'row-level security is not enabled',
    [CREATE_TASKS, 'enable row level security, force', 'no force'],
    [ROW_SECURITY, IMPLICIT_READS],
  ),
  mutant(
    'row-level security does not bind the owner',
    [CREATE_TASKS, ', force row level security', ''],
    [
      GATE,
      'The isolation gate lets in the role task_api itself, and leaves nothing behind',
      /not enabled and forced/,
    ],
  ),
  mutant(
    'a policy shows what is completed, and takes it',
    [CREATE_TASKS, OWN_TASKS, OWN_TASKS.replaceAll('::uuid)', '::uuid or completed)')],
    [ROW_SECURITY, IMPLICIT_READS],
  ),
  mutant(
    'a policy lets everything be written',
    [
      CREATE_TASKS,
      `with check (user_id = nullif(current_setting('app.user_id', true), '')::uuid)`,
      'with check (true)',
    ],
    [ROW_SECURITY, IMPLICIT_READS.replace('reads', 'writes')],
  ),
  mutant(
    'the role may truncate',
    [CREATE_TASKS, 'update, delete on', 'update, delete, truncate on'],
    [
      ROW_SECURITY,
      'Without a scope, where DATABASE_URL names task_api, TypeORM shows nothing, and writes nothing',
    ],
  ),
];
