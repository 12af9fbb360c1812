import { PickType } from '@nestjs/swagger';
import { ListTasksQuery } from '../../tasks/dto/list-tasks.query';

export class ListTrashQuery extends PickType(ListTasksQuery, ['limit', 'cursor'] as const) {}
