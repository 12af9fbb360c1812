import { PickType } from '@nestjs/swagger';
import { ListChangesQuery } from '../../changes/dto/list-changes.query';

/** Query of the stream. */
export class TaskEventsQuery extends PickType(ListChangesQuery, ['after'] as const) {}
