import { ApiHeader } from '@nestjs/swagger';

const preferring = (description: string): MethodDecorator =>
  ApiHeader({ name: 'Prefer', description, schema: { type: 'string' } });

/** Method decorator: of a write that is answered with its task. */
export const ApiPreferReturn = (): MethodDecorator =>
  preferring('`return=minimal` leaves the task out of the answer (RFC 7240).');

/** Method decorator: of a list. @param counted the plural of what it lists */
export const ApiPreferCount = (counted: string): MethodDecorator =>
  preferring(`\`count=exact\` counts all ${counted} into \`X-Total-Count\` (RFC 7240).`);
