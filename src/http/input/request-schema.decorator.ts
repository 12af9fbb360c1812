import { ApiSchema, type SchemaObject } from '@nestjs/swagger';

/**
 * Class decorator: the schema of a request body. It is closed, as unknown properties are refused
 * (http/input/request-validation.ts).
 */
export function RequestSchema(
  name: string,
  rest: Pick<SchemaObject, 'description' | 'minProperties'>,
): ClassDecorator {
  const schema = { name, additionalProperties: false, ...rest };
  return ApiSchema(schema);
}
