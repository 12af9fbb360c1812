import { ApiParam } from '@nestjs/swagger';

/** Documents the `user_id` of a path as the guard reads it. */
export const ApiUserId = (): MethodDecorator & ClassDecorator =>
  ApiParam({
    name: 'user_id',
    description: 'Your own id, a UUID, or `me`. Every other user is answered with 403.',
    schema: {
      type: 'string',
      pattern: '^(?:me|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$',
      // The explorer fills it in from here.
      example: 'me',
    },
  });
