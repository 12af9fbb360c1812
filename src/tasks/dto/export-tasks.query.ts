import { PickType } from '@nestjs/swagger';
import { ListTasksQuery } from './list-tasks.query';

/** The list's own, in its default order, so that a page costs the same wherever it is. */
export class ExportTasksQuery extends PickType(ListTasksQuery, ['limit', 'cursor'] as const) {}
