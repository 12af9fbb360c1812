import { ApiHeader } from '@nestjs/swagger';
import { READ_AFTER, READ_AFTER_PATTERN } from '../../http/input/read-after';

/** Method decorator: of a read that may run on a replica. */
export const ApiReadAfter = (): MethodDecorator =>
  ApiHeader({
    name: READ_AFTER,
    description:
      'The highest `X-Read-After` of the answers that you have. The answer includes that change, and may lack later ones; a read replica may give it. Without this header you read the newest state. `If-None-Match` and `after` raise the number.',
    schema: { type: 'string', pattern: READ_AFTER_PATTERN },
    example: '1795867932976204',
  });
