import { IntersectionType } from '@nestjs/swagger';
import { RequestSchema } from '../../http/input/request-schema.decorator';
import { CreateTaskDto } from './create-task.dto';
import { EchoedFields } from './echoed-fields';

/** Body of PUT: an absent optional field gets its default. */
@RequestSchema('ReplaceTask')
export class ReplaceTaskDto extends IntersectionType(CreateTaskDto, EchoedFields) {}
