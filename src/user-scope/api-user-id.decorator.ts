import { ApiParam } from '@nestjs/swagger';
import { LONGEST_PATH_USER } from './path-user';

/** Documents the `user_id` of a path as the guard reads it. */
export const ApiUserId = (): MethodDecorator & ClassDecorator =>
  ApiParam({
    name: 'user_id',
    description:
      'You: `me`, your id as your identity provider writes it (percent-encoded), or the UUID that answers have. Every other user is answered with 403.',
    schema: {
      type: 'string',
      minLength: 1,
      maxLength: LONGEST_PATH_USER,
      // The explorer fills it in from here.
      example: 'me',
    },
  });
