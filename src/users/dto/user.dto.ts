import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { UTC_TIMESTAMP } from '../../http/output/utc-timestamp';
import type { UserRow } from '../users.repository';

/** A user as clients see it. */
@ApiSchema({ name: 'User', description: 'An account.' })
export class UserDto {
  @ApiProperty({ format: 'uuid', description: 'The `user_id` of the paths.' })
  readonly id!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    format: 'email',
    maxLength: 254,
    description:
      'Verified by the identity provider; null if there is none, or if another account has it.',
  })
  readonly email!: string | null;

  @ApiProperty({ ...UTC_TIMESTAMP, description: 'When it was created: UTC, with milliseconds.' })
  readonly created_at!: string;
}

export function toUserDto({ id, email, createdAt }: UserRow): UserDto {
  return { id, email, created_at: createdAt };
}
