import type { Repository, SelectQueryBuilder } from 'typeorm';
import {
  type CompiledStatement,
  composeStatement,
  LIMIT_PARAMETER,
} from '../database/compiled-statement';
import type { FollowingWrite } from './writes/conditional-writes';
import { conditionalWrites } from './writes/conditional-writes.statements';
import { DELETION_STATEMENTS } from './deletion/into-trash.statements';
import { madeTask, NOT_DELETED, trashedTask } from './deletion/trashed-task.statements';
import { SWEEP_TRASH } from './deletion/expiry.statements';
import { CREATE, insertTask, shownColumns, updateTask } from './writes/write-task.statements';
import { successorOf } from './writes/successor.statements';
import { costOfPage, FIELD_NAMES, type TaskField } from './task-fields';
import type { Task } from './task.entity';
import { parentFaultSql, SUBTASKS_ON_LANE } from './tree/parent.statements';
import {
  COMPLETED,
  isGiven,
  PATCH_FITS,
  PATCHED,
  PLAIN_FIELDS,
  PLAINLY_PATCHED,
  REPLACED,
  staysSingle,
} from './writes/written-columns';

/**
 * Bounds of a range of ids that does not end: no UUIDv7 reaches them. They are values, not the SQL
 * of `coalesce`: row-level security keeps that out of the index, and each page would read all rows.
 */
export const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
export const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

/** The names of parameters, in their order behind the owner. */
const REPLACE = ['id', ...FIELD_NAMES];
const patchOf = (fields: readonly TaskField[]): readonly string[] => [
  'id',
  ...fields.flatMap((name) => [isGiven(name), name]),
];
const PATCH = patchOf(FIELD_NAMES);
const PLAIN_PATCH = patchOf(PLAIN_FIELDS);
const COMPLETE = ['id', 'completed'];
/** Of a new task, which hardly ever has subtasks: a task of its id would have to be forgotten. */
const NEW_FAMILY = { id: ':id::uuid', parent: ':parent_id::uuid', most: String(SUBTASKS_ON_LANE) };
const PARENT_FITS = `(${parentFaultSql({ owner: ':owner', ...NEW_FAMILY })}) is null`;
/** On conflict. */
const NOTHING: [string[], string[]] = [[], ['user_id', 'id']];
/** `most` is of a Family. */
const UNDER = ['versions', 'most'];
/** Of the successor. */
const FOLLOWED = ['next', 'at'];

export type TasksStatements = ReturnType<typeof tasksStatements>;

/**
 * Every statement on tasks that touches O(page) rows, composed once, at start, by TypeORM's query
 * builder (docs/decisions/0005-statements-composed-at-start.md). `$1` is always the owner.
 *
 * A row has TASK_COLUMNS. Where a precondition kept the task as it was, all of them are null but
 * `version`, which is that of the stored task.
 */
export function tasksStatements(tasks: Repository<Task>) {
  const columns = shownColumns(tasks).map((column) => `task.${column}`);
  const select = (): SelectQueryBuilder<Task> => tasks.createQueryBuilder('task').select(columns);

  const newest = () =>
    select()
      .where('task.userId = :owner')
      .andWhere('task.id < :below and task.id > :above')
      .orderBy('task.id', 'DESC')
      .limit(LIMIT_PARAMETER);
  const page = (query: SelectQueryBuilder<Task>) => composeStatement(query, ['below', 'above']);

  const { onlyIf, onlyUnder, withSuccessor } = conditionalWrites(tasks);
  const replace = () => updateTask(tasks, REPLACED.columns);
  const patch = () => updateTask(tasks, PATCHED.columns).andWhere(PATCH_FITS);
  const patchPlain = () => updateTask(tasks, PLAINLY_PATCHED);
  const complete = () => updateTask(tasks, COMPLETED.columns);
  /** Those that complete a task with a rule make a successor, and are other statements. */
  const patchSingle = () => patch().andWhere(staysSingle(PATCHED));
  const completeSingle = () => complete().andWhere(staysSingle(COMPLETED));

  const create = insertTask(tasks);
  const once = (condition: string): string =>
    composeStatement(create(condition).orUpdate(...NOTHING), CREATE);
  return {
    /** [id] */
    get: {
      name: 'task_get',
      text: composeStatement(select().where(`task.userId = :owner and task.id = :id`), ['id']),
    },
    /** [below id, above id, limit]: newest first; the limit is one more than the page has. */
    listNewest: { name: 'task_list_newest', cost: costOfPage, text: page(newest()) },
    /** The same, of the tasks that are not completed: O(page), too, by an index of their own. */
    listOpen: {
      name: 'task_list_open',
      cost: costOfPage,
      text: page(newest().andWhere('not task.completed')),
    },
    /** [id, …fields, created_at]: no row where the owner has none. */
    create: { name: 'task_create', numbers: 1, text: composeStatement(create(), CREATE) },
    /** The same: no row either where the id is there already, or in the trash. */
    createOnce: { name: 'task_create_once', numbers: 1, text: once(NOT_DELETED) },
    /** The same under a parent: no row either where that has a ParentFault. */
    createUnder: {
      name: 'task_create_under',
      numbers: 1,
      text: once(`${NOT_DELETED} and ${PARENT_FITS}`),
    },
    /** [id, parent]: (ParentFault) of a task that was not made under it. */
    parentFault: {
      name: 'task_parent_fault',
      text: `select ${parentFaultSql({ owner: '$1', id: '$2::uuid', parent: '$3::uuid', most: NEW_FAMILY.most })}`,
    },
    /** [id, TRASH_DAYS]: the task that was made under an id, also one in the trash. */
    made: { name: 'task_made', text: madeTask(trashedTask(tasks), '$3') },
    /** [id, …fields] */
    replace: { name: 'task_replace', numbers: 1, text: composeStatement(replace(), REPLACE) },
    /**
     * [id, …(whether the field is given, its value)]: nothing where what is given does not fit what is
     * stored, or completes a task that recurs.
     */
    patch: { name: 'task_patch', numbers: 1, text: composeStatement(patchSingle(), PATCH) },
    /** The same of PLAIN_FIELDS alone, as most patches are. */
    patchPlain: {
      name: 'task_patch_plain',
      numbers: 1,
      text: composeStatement(patchPlain(), PLAIN_PATCH),
    },
    /** [id, completed | null]: null toggles. Nothing where it completes a task that recurs. */
    complete: {
      name: 'task_complete',
      numbers: 1,
      text: composeStatement(completeSingle(), COMPLETE),
    },
    ...DELETION_STATEMENTS,
    sweep: SWEEP_TRASH,
    /** The writes above, each with one more parameter: the versions that If-Match names. */
    replaceIf: {
      name: 'task_replace_if',
      numbers: 1,
      text: composeStatement(onlyIf(replace()), [...REPLACE, 'versions']),
    },
    patchIf: {
      name: 'task_patch_if',
      numbers: 1,
      text: composeStatement(onlyIf(patchSingle()), [...PATCH, 'versions']),
    },
    patchPlainIf: {
      name: 'task_patch_plain_if',
      numbers: 1,
      text: composeStatement(onlyIf(patchPlain()), [...PLAIN_PATCH, 'versions']),
    },
    completeIf: {
      name: 'task_complete_if',
      numbers: 1,
      text: composeStatement(onlyIf(completeSingle()), [...COMPLETE, 'versions']),
    },
    /** Those that name a parent, with two more parameters: versions, or null, and `most` of a Family. */
    replaceUnder: {
      name: 'task_replace_under',
      numbers: 1,
      text: composeStatement(onlyUnder(replace()), [...REPLACE, ...UNDER]),
    },
    patchUnder: {
      name: 'task_patch_under',
      numbers: 1,
      text: composeStatement(onlyUnder(patchSingle()), [...PATCH, ...UNDER]),
    },
    /**
     * Those that may complete a task with a rule, with the id of a successor and its time before `versions`;
     * the id stands behind the columns, where there is a successor.
     */
    replaceAndFollow: {
      name: 'task_replace_follow',
      namesParent: true,
      numbers: 2,
      text: composeStatement(onlyUnder(replace(), successorOf(REPLACED.rule)), [
        ...REPLACE,
        ...FOLLOWED,
        ...UNDER,
      ]),
    },
    patchAndFollow: {
      name: 'task_patch_follow',
      namesParent: true,
      numbers: 2,
      text: composeStatement(onlyUnder(patch(), successorOf(PATCHED.rule)), [
        ...PATCH,
        ...FOLLOWED,
        ...UNDER,
      ]),
    },
    completeAndFollow: {
      name: 'task_complete_follow',
      namesParent: false,
      numbers: 2,
      text: composeStatement(withSuccessor(complete(), successorOf(COMPLETED.rule)), [
        ...COMPLETE,
        ...FOLLOWED,
        'versions',
      ]),
    },
  } as const satisfies Record<string, CompiledStatement | FollowingWrite>;
}
