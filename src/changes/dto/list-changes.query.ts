import { ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';
import { isGiven, CheckWith } from '../../http/input/request-validation';
import { ListTasksQuery } from '../../tasks/dto/list-tasks.query';
import { SYNC_TOKEN_MAX_LENGTH, SYNC_TOKEN_PATTERN, syncTokenFault } from '../sync-token';

const SYNC_TOKEN = {
  minLength: 1,
  maxLength: SYNC_TOKEN_MAX_LENGTH,
  pattern: SYNC_TOKEN_PATTERN,
};

/** Query of the changes. A page has as many as one of the list. */
export class ListChangesQuery extends PickType(ListTasksQuery, ['limit'] as const) {
  @ApiPropertyOptional({
    description:
      '`next` of the page before. Without it you get all existing tasks first. It is opaque.',
    ...SYNC_TOKEN,
  })
  @ValidateIf(isGiven)
  @CheckWith(syncTokenFault)
  readonly after?: string;
}

/** Query of the stream. */
export class TaskEventsQuery {
  @ApiPropertyOptional({
    description:
      'The `id` of your last event, or `next` of a page of changes. Without it the stream begins now. It is opaque.',
    ...SYNC_TOKEN,
  })
  @ValidateIf(isGiven)
  @CheckWith(syncTokenFault)
  readonly after?: string;
}
