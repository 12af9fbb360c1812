import { ApiProperty } from '@nestjs/swagger';
import type { UserRow } from '../users.repository';

/** A user as clients see it. */
export class UserDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    format: 'email',
    description: 'Verified by the identity provider; null if it gives none or it is taken.',
  })
  readonly email!: string | null;

  @ApiProperty({ format: 'date-time' })
  readonly created_at!: string;
}

export function toUserDto({ id, email, createdAt }: UserRow): UserDto {
  return { id, email, created_at: createdAt };
}
