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
import { ApiProblems } from '../../problems/api-problems.decorator';
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
        'Newest first, unless `sort` says otherwise. A page of the default order costs the same wherever it is in the list; so does one of the open tasks alone (`completed=false`). Other filters, search and orders look at all open tasks of the user with `completed=false`, and else at all.',
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
        'The first task of a user makes the account, too. A task that was read may be sent as it is, and makes a copy.',
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
      description: 'The task. Without a body if you prefer `return=minimal`.',
      type: TaskDto,
      example: TASK,
      headers: createdHeaders,
      links: linksToTask(),
    }),
    ApiOkResponse({
      description:
        'The task that an earlier request has made, which had the same UUIDv7 as its `Idempotency-Key`.',
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
      description: 'With its `ETag`, for changes under a condition.',
    }),
    TASK_ID,
    ApiReadAfter(),
    ApiHeader({
      name: 'If-None-Match',
      description:
        'The `ETag` that you have, such as `"1795867932976204"`: 304 tells that it is still current.',
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
        'A field that is absent gets its default, also one that the client does not know: PATCH is for a client that knows some fields. A whole task, as it was read, may be sent back.',
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
      description: 'A JSON merge patch (RFC 7396): what is absent stays, null clears.',
    }),
    TASK_ID,
    ApiConsumes(MERGE_PATCH_MEDIA_TYPE, JSON_MEDIA_TYPE),
    ApiBody({
      type: PatchTaskDto,
      examples: {
        title: { summary: 'Rename it', value: { title: 'Buy two litres of oat milk' } },
        due: { summary: 'Make it due, where the user is', value: { due: '2026-12-01T09:00' } },
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
        'It moves to the trash, from where `restoreTask` brings it back. A repeat without an `Idempotency-Key` is answered with 404.',
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
        'Without a body `completed` becomes what it is not, in one step. With a body it is set, so a repeat does no harm. Completing a task that recurs makes the next one, which `Link` names, and takes the rule from this one.',
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
