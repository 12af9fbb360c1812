import { ApiProperty } from '@nestjs/swagger';
import { Obeys } from '../../http/input/rule.decorator';
import { RequestSchema } from '../../http/input/request-schema.decorator';
import { completedFault } from './task-rules';

/** Optional body of PATCH …/complete. With it, a repeat does no harm; without, the task toggles. */
@RequestSchema('CompleteTask')
export class CompleteTaskDto {
  @ApiProperty({ example: true })
  @Obeys(completedFault)
  readonly completed!: boolean;
}
