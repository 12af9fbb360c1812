import { ApiHeader } from '@nestjs/swagger';
import { READ_AFTER, READ_AFTER_PATTERN } from '../../http/headers';
import type { ProblemCode } from '../../problems/problem-types';
import { IDEMPOTENCY_KEY_PATTERN } from '../replies/idempotency-key';

const SCHEMA = {
  type: 'string',
  minLength: 1,
  maxLength: 255,
  pattern: IDEMPOTENCY_KEY_PATTERN,
} as const;

const ONCE =
  'It makes the request safe to repeat for a day: a repeat writes nothing, and gets the answer of the first with `Idempotency-Replayed: true` and the current task.';

/** Method decorator: the header of a write that a client may repeat. */
export const ApiIdempotencyKey = (): MethodDecorator =>
  ApiHeader({
    name: 'Idempotency-Key',
    description: `1 to 255 visible ASCII characters, such as a new UUID. ${ONCE}`,
    schema: SCHEMA,
  });

/** The same for a create. */
export const ApiIdempotencyKeyOfCreate = (): MethodDecorator =>
  ApiHeader({
    name: 'Idempotency-Key',
    description: `1 to 255 visible ASCII characters, such as a new UUID. ${ONCE} A UUIDv7 made less than 24 hours ago becomes the id of the task: a repeat gets that task with 200, whatever its body.`,
    schema: SCHEMA,
  });

export const PROBLEMS_OF_KEYS: readonly ProblemCode[] = [
  'idempotency-key-invalid',
  'idempotency-key-reused',
  'idempotency-keys-exhausted',
];

const preferring = (description: string): MethodDecorator =>
  ApiHeader({ name: 'Prefer', description, schema: { type: 'string' } });

/** Method decorator: of a write that is answered with its task. */
export const ApiPreferReturn = (): MethodDecorator =>
  preferring('`return=minimal` leaves the task out of the answer (RFC 7240).');

/** Method decorator: of a list. @param counted the plural of what it lists */
export const ApiPreferCount = (counted: string): MethodDecorator =>
  preferring(`\`count=exact\` counts all ${counted} into \`X-Total-Count\` (RFC 7240).`);

/** Method decorator: of a read that may run on a replica. */
export const ApiReadAfter = (): MethodDecorator =>
  ApiHeader({
    name: READ_AFTER,
    description:
      'The highest `X-Read-After` of your answers so far, such as `1795867932976204`. The answer includes that change, and may lack later ones, because a read replica may send it. Without this header you read the newest state. `If-None-Match` and `after` raise the number.',
    // No example: the explorer would send it, and so allow an old state.
    schema: { type: 'string', pattern: READ_AFTER_PATTERN },
  });
