import { ApiProperty, ApiSchema } from '@nestjs/swagger';

@ApiSchema({ name: 'Health', description: 'Answer of a probe.' })
export class HealthDto {
  @ApiProperty({
    enum: ['ok'],
    description: 'Always `ok`: anything else is a problem.',
    example: 'ok',
  })
  readonly status!: 'ok';
}
