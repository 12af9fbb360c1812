import { ApiProperty } from '@nestjs/swagger';
import { RequestSchema, CheckWith } from '../../http/input/request-validation';
import { completedFault } from './task-rules';

/** Optional body of PATCH …/complete. With it, a repeat does no harm; without, the task toggles. */
@RequestSchema('CompleteTask', {
  description: 'Sets `completed`. Without this body it is toggled.',
})
export class CompleteTaskDto {
  @ApiProperty({ description: 'Whether the task is done.', example: true })
  @CheckWith(completedFault)
  readonly completed!: boolean;
}
