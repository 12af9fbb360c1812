import { ApiProperty, ApiSchema } from '@nestjs/swagger';

@ApiSchema({ name: 'Health', description: 'The answer of a probe.' })
export class HealthDto {
  @ApiProperty({
    enum: ['ok'],
    description: 'Always `ok`; every failure is a problem instead.',
    example: 'ok',
  })
  readonly status!: 'ok';
}
