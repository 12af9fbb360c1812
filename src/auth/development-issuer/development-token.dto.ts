import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { CheckWith, RequestSchema } from '../../http/input/request-validation';
import { normalizeEmail } from '../identity';

function emailAddress(value: unknown): string | undefined {
  return normalizeEmail(value) === null ? 'must be an e-mail address' : undefined;
}

@RequestSchema('DevelopmentTokenRequest', { description: 'Who wants a token.' })
export class DevelopmentTokenRequest {
  @ApiProperty({
    description: 'Whose token it shall be. The same address is always the same user.',
    format: 'email',
    maxLength: 254,
    example: 'ada@example.com',
  })
  @CheckWith(emailAddress)
  email!: string;
}

/** The names are those of RFC 6749 §5.1. */
@ApiSchema({ name: 'DevelopmentTokenResponse', description: 'A token (RFC 6749 §5.1).' })
export class DevelopmentTokenResponse {
  @ApiProperty({ description: 'Send it as `Authorization: Bearer <access_token>`.' })
  access_token!: string;

  @ApiProperty({ enum: ['Bearer'], description: 'The scheme of `Authorization`.' })
  token_type!: 'Bearer';

  @ApiProperty({ type: 'integer', minimum: 1, description: 'Seconds until it expires.' })
  expires_in!: number;

  @ApiProperty({ format: 'uuid', description: 'The user_id of the paths that it opens.' })
  user_id!: string;
}
