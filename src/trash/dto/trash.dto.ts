import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { UTC_TIMESTAMP } from '../../http/output/utc-timestamp';
import { LIMIT_MAX } from '../../tasks/dto/list-tasks.query';
import { TaskDto } from '../../tasks/dto/task.dto';

@ApiSchema({ name: 'TrashedTask', description: 'A deleted task, as it was.' })
class TrashedTaskDto extends TaskDto {
  @ApiProperty({ ...UTC_TIMESTAMP, description: 'When it was deleted: UTC, with milliseconds.' })
  readonly deleted_at!: string;
}

@ApiSchema({ name: 'TrashPage', description: 'A page of the trash.' })
export class TrashPageDto {
  @ApiProperty({ type: [TrashedTaskDto], maxItems: LIMIT_MAX, description: 'Last deleted first.' })
  readonly items!: readonly TrashedTaskDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The `cursor` of the next page; null on the last one.',
  })
  readonly next_cursor!: string | null;
}
