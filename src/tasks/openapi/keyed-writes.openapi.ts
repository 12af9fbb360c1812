import { ApiHeader } from '@nestjs/swagger';
import type { ProblemCode } from '../../problems/problem-types';
import { IDEMPOTENCY_KEY_PATTERN } from '../replies/idempotency-key';

const SCHEMA = {
  type: 'string',
  minLength: 1,
  maxLength: 255,
  pattern: IDEMPOTENCY_KEY_PATTERN,
} as const;

const ONCE =
  'Makes the request safe to repeat for a day: nothing is written a second time, and the answer is that of the first, with `Idempotency-Replayed: true` and the task as it is now.';

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
    description: `1 to 255 visible ASCII characters, such as a new UUID. ${ONCE} A UUIDv7, made less than 24 hours ago, becomes the id of the task: a repeat finds it by that, is answered with 200, and may have any body.`,
    schema: SCHEMA,
  });

export const PROBLEMS_OF_KEYS: readonly ProblemCode[] = [
  'idempotency-key-invalid',
  'idempotency-key-reused',
  'idempotency-keys-exhausted',
];
