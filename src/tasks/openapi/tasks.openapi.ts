import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiResponse,
  type LinkObject,
} from '@nestjs/swagger';
import { JSON_MEDIA_TYPE, MERGE_PATCH_MEDIA_TYPE } from '../../http/input/json-body';
import { responseHeaders } from '../../openapi/response-headers';
import { ApiProblems } from '../../problems/problem.dto';
import { ListTasksQuery } from '../dto/list-tasks.query';
import { TaskDto, TaskPageDto } from '../dto/task.dto';
import { CompleteTaskDto } from '../dto/complete-task.dto';
import { CreateTaskDto, PatchTaskDto, ReplaceTaskDto } from '../dto/write-task.dto';
import { ENTITY_TAGS_PATTERN } from '../task-etag';
import {
  ApiIdempotencyKey,
  ApiIdempotencyKeyOfCreate,
  PROBLEMS_OF_KEYS,
  ApiPreferCount,
  ApiPreferReturn,
  ApiReadAfter,
} from './request-headers.openapi';
import { answersWithTask, IF_MATCH, TASK_ID, WRITTEN_HEADERS } from './task-writes.openapi';
import { TASK, WHOLE, CHANGED, PAGE } from './tasks.examples';

/** How the tasks controller stands in the OpenAPI document: one decorator for each of its routes. */
type Documented = () => MethodDecorator;

const createdHeaders = { ...responseHeaders('Location'), ...WRITTEN_HEADERS };

export const ApiListTasks: Documented = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'listTasks',
      summary: 'List tasks',
      description:
        'Newest first, unless `sort` says otherwise. In the default order, a page of all tasks or of the open ones (`completed=false`) costs the same anywhere in the list. Other filters, searches and orders read all tasks of the user, or all open ones with `completed=false`.',
    }),
    ApiQuery({ type: ListTasksQuery }),
    ApiReadAfter(),
    ApiPreferCount('matching tasks'),
    ApiOkResponse({
      description: 'A page of tasks.',
      type: TaskPageDto,
      example: PAGE,
      headers: responseHeaders('Link', 'X-Total-Count', 'Preference-Applied'),
    }),
    ApiProblems('invalid-cursor'),
  );

export const ApiCreateTask: Documented = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'createTask',
      summary: 'Create a task',
      description:
        'The first task of a user also creates the account. Sending a task as you read it creates a copy.',
    }),
    ApiIdempotencyKeyOfCreate(),
    ApiPreferReturn(),
    ApiBody({
      type: CreateTaskDto,
      examples: {
        title: { summary: 'A title is enough', value: { title: 'Buy oat milk' } },
        whole: {
          summary: 'Everything',
          value: WHOLE,
        },
      },
    }),
    ApiCreatedResponse({
      description: 'The task; no body with `Prefer: return=minimal`.',
      type: TaskDto,
      example: TASK,
      headers: createdHeaders,
      links: linksToTask(),
    }),
    ApiOkResponse({
      description:
        'The task that an earlier request with the same UUIDv7 as its `Idempotency-Key` created.',
      type: TaskDto,
      example: TASK,
      headers: createdHeaders,
    }),
    ApiProblems(...PROBLEMS_OF_KEYS, 'parent-invalid', 'task-limit-reached', 'task-purged'),
  );

export const ApiGetTask: Documented = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'getTask',
      summary: 'Get a task',
      description: 'The answer has an `ETag` for conditional changes.',
    }),
    TASK_ID,
    ApiReadAfter(),
    ApiHeader({
      name: 'If-None-Match',
      description: 'Your `ETag`, such as `"1795867932976204"`: 304 means that it is still current.',
      schema: { type: 'string', pattern: ENTITY_TAGS_PATTERN },
    }),
    ApiOkResponse({
      description: 'The task.',
      type: TaskDto,
      example: TASK,
      headers: responseHeaders('ETag'),
    }),
    ApiResponse({
      status: 304,
      description: 'You have the current version.',
      headers: responseHeaders('ETag'),
    }),
    ApiProblems('task-not-found'),
  );

export const ApiReplaceTask: Documented = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'replaceTask',
      summary: 'Replace a task',
      description:
        'Absent fields get their defaults, even fields that the client does not know: a client that knows only some fields uses PATCH. You may send a whole task back as you read it.',
    }),
    TASK_ID,
    ApiBody({
      type: ReplaceTaskDto,
      examples: {
        whole: {
          summary: 'Everything',
          value: { ...WHOLE, description: 'Three litres.' },
        },
      },
    }),
    answersWithTask(
      'The task as it is now.',
      { ...CHANGED, description: 'Three litres.' },
      'parent-invalid',
      'task-limit-reached',
    ),
  );

export const ApiPatchTask: Documented = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'patchTask',
      summary: 'Change some fields of a task',
      description: 'A JSON merge patch (RFC 7396): absent fields stay, null clears.',
    }),
    TASK_ID,
    ApiConsumes(MERGE_PATCH_MEDIA_TYPE, JSON_MEDIA_TYPE),
    ApiBody({
      type: PatchTaskDto,
      examples: {
        title: { summary: 'Rename it', value: { title: 'Buy two litres of oat milk' } },
        due: {
          summary: 'Set a due date',
          value: { due: '2026-12-01T09:00' },
        },
        clear: { summary: 'Clear the description', value: { description: null } },
      },
    }),
    answersWithTask(
      'The task as it is now.',
      { ...CHANGED, title: 'Buy two litres of oat milk' },
      'parent-invalid',
      'task-limit-reached',
    ),
  );

export const ApiDeleteTask: Documented = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'deleteTask',
      summary: 'Delete a task',
      description:
        'Moves the task to the trash; `restoreTask` brings it back. A repeat without an `Idempotency-Key` gets 404.',
    }),
    TASK_ID,
    IF_MATCH,
    ApiIdempotencyKey(),
    ApiNoContentResponse({
      description: 'The task is in the trash.',
      headers: responseHeaders('Idempotency-Replayed'),
    }),
    ApiProblems(...PROBLEMS_OF_KEYS, 'task-not-found', 'precondition-failed'),
  );

export const ApiCompleteTask: Documented = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'completeTask',
      summary: 'Complete a task, or toggle it',
      description:
        'Without a body, `completed` is toggled atomically. With a body it is set, so a repeat does no harm. Completing a task that recurs creates the next one, which `Link` names, and moves the rule to it.',
    }),
    TASK_ID,
    ApiConsumes(MERGE_PATCH_MEDIA_TYPE, JSON_MEDIA_TYPE),
    ApiBody({
      type: CompleteTaskDto,
      required: false,
      examples: {
        complete: { summary: 'Complete it', value: { completed: true } },
        reopen: { summary: 'Reopen it', value: { completed: false } },
      },
    }),
    answersWithTask(
      'The task as it is now.',
      { ...CHANGED, completed: true, completed_at: CHANGED.updated_at },
      'task-limit-reached',
    ),
  );

function linksToTask(): Record<string, LinkObject> {
  const parameters = { user_id: '$request.path.user_id', task_id: '$response.body#/id' };
  const operations = [
    'getTask',
    'replaceTask',
    'patchTask',
    'completeTask',
    'moveTask',
    'deleteTask',
  ];
  return Object.fromEntries(
    operations.map((operationId) => [operationId, { operationId, parameters }]),
  );
}
