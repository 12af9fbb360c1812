import { IntersectionType } from '@nestjs/swagger';
import { CreateTaskDto } from './create-task.dto';
import { EchoedFields } from './echoed-fields';

/** Body of PUT: an absent optional field gets its default. */
export class ReplaceTaskDto extends IntersectionType(CreateTaskDto, EchoedFields) {}
