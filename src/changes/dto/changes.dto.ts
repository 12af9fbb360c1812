import { ApiExtraModels, ApiProperty, ApiSchema, getSchemaPath } from '@nestjs/swagger';
import { UTC_TIMESTAMP } from '../../http/output/utc-timestamp';
import { LIMIT_MAX } from '../../tasks/dto/list-tasks.query';
import { TaskDto } from '../../tasks/dto/task.dto';
import { SYNC_TOKEN_MAX_LENGTH, SYNC_TOKEN_PATTERN } from '../sync-token';

@ApiSchema({ name: 'DeletedTask', description: 'The tombstone of a deleted task.' })
class DeletedTaskDto {
  @ApiProperty({ format: 'uuid', description: 'The id of the task.' })
  readonly id!: string;

  @ApiProperty({ ...UTC_TIMESTAMP, description: 'When it was deleted: UTC, with milliseconds.' })
  readonly deleted_at!: string;
}

@ApiExtraModels(TaskDto, DeletedTaskDto)
@ApiSchema({ name: 'ChangesPage', description: 'A page of changes.' })
export class ChangesPageDto {
  @ApiProperty({
    type: 'array',
    maxItems: LIMIT_MAX,
    items: {
      // Exactly one: only a DeletedTask has `deleted_at`, and a Task needs the others.
      oneOf: [{ $ref: getSchemaPath(TaskDto) }, { $ref: getSchemaPath(DeletedTaskDto) }],
    },
    description:
      'Tasks as `getTask` returns them, and tombstones of deleted ones, which alone have `deleted_at`. Each task once, in its current state.',
  })
  readonly items!: readonly (TaskDto | DeletedTaskDto)[];

  @ApiProperty({
    minLength: 1,
    maxLength: SYNC_TOKEN_MAX_LENGTH,
    pattern: SYNC_TOKEN_PATTERN,
    description: 'The `after` of the next page, now or later. It is always present: keep it.',
  })
  readonly next!: string;

  @ApiProperty({ description: 'Whether to ask for the next page now.' })
  readonly has_more!: boolean;
}
