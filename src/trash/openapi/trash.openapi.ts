import { applyDecorators } from '@nestjs/common';
import {
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
} from '@nestjs/swagger';
import { responseHeaders } from '../../openapi/response-headers';
import { ApiProblems } from '../../problems/problem.dto';
import { TaskDto } from '../../tasks/dto/task.dto';
import {
  ApiIdempotencyKey,
  PROBLEMS_OF_KEYS,
  ApiPreferCount,
  ApiPreferReturn,
  ApiReadAfter,
} from '../../tasks/openapi/request-headers.openapi';
import { CHANGED } from '../../tasks/openapi/tasks.examples';
import { PageQuery } from '../../tasks/dto/page.query';
import { TrashPageDto } from '../dto/trash.dto';

/** How the trash controller stands in the OpenAPI document: one decorator for each of its routes. */
type Documented = () => MethodDecorator;

const TASK_ID = ApiParam({
  name: 'task_id',
  description: 'The `id` of a deleted task.',
  schema: { type: 'string', format: 'uuid' },
});

const written = responseHeaders('ETag', 'Preference-Applied', 'Idempotency-Replayed');

const PAGE: TrashPageDto = {
  items: [{ ...CHANGED, deleted_at: '2026-11-23T08:12:30.481Z' }],
  next_cursor: 'WzEsIkdkV1dMMVN5RDFIWjN5LV8iLCIxNzk1NDIxNTUwNDgxMDAyIl0',
};

export const ApiListTrash: Documented = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'listTrash',
      summary: 'List deleted tasks',
      description:
        'Last deleted first. A deleted task stays here for `TRASH_DAYS`, which the operator sets, usually 30; then it is erased. The trash counts toward the limit of tasks: if there is no room for a new task, the oldest deleted ones are erased.',
    }),
    ApiQuery({ type: PageQuery }),
    ApiReadAfter(),
    ApiPreferCount('deleted tasks'),
    ApiOkResponse({
      description: 'A page of the trash.',
      type: TrashPageDto,
      example: PAGE,
      headers: responseHeaders('Link', 'X-Total-Count', 'Preference-Applied'),
    }),
    ApiProblems('invalid-cursor'),
  );

export const ApiRestoreTask: Documented = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'restoreTask',
      summary: 'Restore a deleted task',
      description:
        'The task is as before, with a new `ETag` and a later `updated_at`. A body with content is refused, and so are `If-Match` and `If-None-Match`: a deleted task has no `ETag`. A repeat without an `Idempotency-Key` gets 404.',
    }),
    TASK_ID,
    ApiIdempotencyKey(),
    ApiPreferReturn(),
    ApiOkResponse({
      description: 'The task, back in the lists.',
      type: TaskDto,
      example: CHANGED,
      headers: written,
    }),
    ApiNoContentResponse({
      description: 'Done, with `Prefer: return=minimal`.',
      headers: written,
    }),
    ApiProblems(...PROBLEMS_OF_KEYS, 'task-not-found', 'task-purged'),
  );

export const ApiPurgeTask: Documented = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'purgeTask',
      summary: 'Erase a deleted task',
      description:
        'Erases the task at once and for good. `If-Match` and `If-None-Match` are refused: a deleted task has no `ETag`. A repeat without an `Idempotency-Key` gets 404.',
    }),
    TASK_ID,
    ApiIdempotencyKey(),
    ApiNoContentResponse({
      description: 'Its content is gone.',
      headers: responseHeaders('Idempotency-Replayed'),
    }),
    ApiProblems(...PROBLEMS_OF_KEYS, 'task-not-found'),
  );
