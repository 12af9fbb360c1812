import { applyDecorators } from '@nestjs/common';
import {
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiParam,
  ApiBody,
  ApiOperation,
} from '@nestjs/swagger';
import { responseHeaders } from '../../openapi/response-headers';
import { ApiProblems } from '../../problems/problem.dto';
import type { ProblemCode } from '../../problems/problem-types';
import { TaskDto } from '../dto/task.dto';
import { ENTITY_TAGS_PATTERN } from '../task-etag';
import { ApiIdempotencyKey, PROBLEMS_OF_KEYS, ApiPreferReturn } from './request-headers.openapi';
import { MoveTaskDto } from '../order/move-task.dto';
import { CHANGED, NEIGHBOUR } from './tasks.examples';

export const TASK_ID = ApiParam({
  name: 'task_id',
  description: 'The `id` of a task.',
  schema: { type: 'string', format: 'uuid' },
});
export const IF_MATCH = ApiHeader({
  name: 'If-Match',
  description:
    'Your `ETag`, such as `"1795867932976204"`: the change is made only if it is still current. `*` accepts any version.',
  schema: { type: 'string', pattern: ENTITY_TAGS_PATTERN },
});

export const WRITTEN_HEADERS = responseHeaders(
  'ETag',
  'Link',
  'Preference-Applied',
  'Idempotency-Replayed',
);

/** What the writes to one task have in common. */
export function answersWithTask(
  description: string,
  example: TaskDto,
  ...problems: readonly ProblemCode[]
): MethodDecorator {
  return applyDecorators(
    IF_MATCH,
    ApiIdempotencyKey(),
    ApiPreferReturn(),
    ApiOkResponse({ description, type: TaskDto, example, headers: WRITTEN_HEADERS }),
    ApiNoContentResponse({
      description: 'Done, with `Prefer: return=minimal`.',
      headers: WRITTEN_HEADERS,
    }),
    ApiProblems(
      ...PROBLEMS_OF_KEYS,
      'task-not-found',
      'task-purged',
      'precondition-failed',
      ...problems,
    ),
  );
}

export const ApiMoveTask = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'moveTask',
      summary: 'Move a task in the order of the user',
      description:
        'All tasks of the user have one order, which `sort=position` lists. With `after` and `before`, the task goes between both, even if hidden tasks are there, too. With one of them, it goes directly beside that task.',
    }),
    TASK_ID,
    ApiBody({
      type: MoveTaskDto,
      examples: {
        after: { summary: 'Directly behind a task', value: { after: NEIGHBOUR } },
        first: { summary: 'Directly before a task', value: { before: NEIGHBOUR } },
      },
    }),
    answersWithTask(
      'The task with its new `position`.',
      { ...CHANGED, position: 'fe5dfd68b1bV000660f3c31d3428' },
      'move-conflict',
    ),
  );
