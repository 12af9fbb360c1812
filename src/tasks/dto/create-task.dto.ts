import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { Obeys } from '../../http/input/rule.decorator';
import { RequestSchema } from '../../http/input/request-schema.decorator';
import { DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH } from '../task.entity';
import { TEXT_PATTERN, TITLE_PATTERN } from './task-characters';
import { completedFault, descriptionFault, titleFault, trimmed } from './task-rules';

/** Body of POST: the server names the task and its times. */
@RequestSchema('CreateTask')
export class CreateTaskDto {
  @ApiProperty({
    description:
      'One line with something to see; white space around it is removed. Isolates of text direction (U+2066 to U+2068) are closed by U+2069.',
    minLength: 1,
    maxLength: TITLE_MAX_LENGTH,
    pattern: TITLE_PATTERN,
    example: 'Buy oat milk',
  })
  @Transform(trimmed)
  @Obeys(titleFault)
  readonly title!: string;

  @ApiPropertyOptional({
    description: 'Any number of lines, kept byte for byte.',
    type: String,
    nullable: true,
    default: null,
    maxLength: DESCRIPTION_MAX_LENGTH,
    pattern: TEXT_PATTERN,
    example: 'Two litres, unsweetened.',
  })
  @Obeys(descriptionFault)
  readonly description: string | null = null;

  @ApiPropertyOptional({ default: false, example: false })
  @Obeys(completedFault)
  readonly completed: boolean = false;
}
