import { PickType } from '@nestjs/swagger';
import { ListTasksQuery } from './list-tasks.query';

/** Query of a list that has one order and no filters. */
export class PageQuery extends PickType(ListTasksQuery, ['limit', 'cursor'] as const) {}
