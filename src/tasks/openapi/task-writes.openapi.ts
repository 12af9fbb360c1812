import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiParam } from '@nestjs/swagger';
import { responseHeaders } from '../../openapi/response-headers';
import { ApiProblems } from '../../problems/api-problems.decorator';
import type { ProblemCode } from '../../problems/problem-types';
import { TaskDto } from '../dto/task.dto';
import { ENTITY_TAGS_PATTERN } from '../task-etag';
import { ApiIdempotencyKey, PROBLEMS_OF_KEYS } from './keyed-writes.openapi';
import { ApiPreferReturn } from './prefer.openapi';

export const TASK_ID = ApiParam({
  name: 'task_id',
  description: 'The `id` of a task.',
  schema: { type: 'string', format: 'uuid' },
});
export const IF_MATCH = ApiHeader({
  name: 'If-Match',
  description:
    'The `ETag` that you have, such as `"1795867932976204"`: the change is made only if it is still current. `*` accepts any version.',
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
      description: 'Done; you preferred `return=minimal`.',
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
