import { ApiProperty } from '@nestjs/swagger';
import { Obeys } from '../../http/rule.decorator';
import { completedFault } from './task-rules';

/** Optional body of PATCH …/complete. With it, a repeat does no harm; without, the task toggles. */
export class CompleteTaskDto {
  @ApiProperty({ example: true })
  @Obeys(completedFault)
  readonly completed!: boolean;
}
