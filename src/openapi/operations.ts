import type { OpenAPIObject, OperationObject } from '@nestjs/swagger';

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

export interface DocumentedOperation {
  readonly method: (typeof METHODS)[number];
  /** With placeholders, such as `/api/{user_id}/tasks`. */
  readonly path: string;
  readonly operation: OperationObject;
}

export function operationsOf({ paths }: OpenAPIObject): readonly DocumentedOperation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ method, path, operation }];
    }),
  );
}

/** Whether it needs no token: its handler names no scope (`@RequiresScope`). */
export function isPublic({ security = [] }: OperationObject): boolean {
  return security.length === 0;
}
