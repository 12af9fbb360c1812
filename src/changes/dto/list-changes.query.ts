import { ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';
import { isGiven, CheckWith } from '../../http/input/request-validation';
import { ListTasksQuery } from '../../tasks/dto/list-tasks.query';
import { SYNC_TOKEN_MAX_LENGTH, SYNC_TOKEN_PATTERN, syncTokenFault } from '../sync-token';

/** Query of the changes. A page has as many as one of the list. */
export class ListChangesQuery extends PickType(ListTasksQuery, ['limit'] as const) {
  @ApiPropertyOptional({
    description:
      '`next` of the page before. Without it you get all existing tasks first. It is opaque.',
    minLength: 1,
    maxLength: SYNC_TOKEN_MAX_LENGTH,
    pattern: SYNC_TOKEN_PATTERN,
  })
  @ValidateIf(isGiven)
  @CheckWith(syncTokenFault)
  readonly after?: string;
}

/** Query of the stream. */
export class TaskEventsQuery extends PickType(ListChangesQuery, ['after'] as const) {}
