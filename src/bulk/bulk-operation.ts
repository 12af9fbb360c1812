import type { BodyLimits } from '../http/input/json-body';
import { validBody } from '../http/input/request-validation';
import { canonicalUuid } from '../http/input/uuid';
import { ProblemError, type RequestFault } from '../problems/problem-error';
import { CreateTaskDto, PatchTaskDto, ReplaceTaskDto } from '../tasks/dto/write-task.dto';
import { MoveTaskDto } from '../tasks/order/move-task.dto';
import { type WriteTerms, writeTermsOf } from '../tasks/replies/task-writes';
import { newTaskWithId } from '../tasks/task-id';
import { BulkOperationDto, type OperationName, OPERATIONS_MAX } from './dto/bulk.dto';

/** Of the body. A hundred creates with all fields and tags have a third of the values. */
export const BULK_LIMITS: BodyLimits = { bytes: 1024 * 1024, values: 10_000 };

/** An operation that has been read. */
export type BulkOperation = WriteTerms & { readonly names: readonly string[] } & (
    | { readonly operation: 'create'; readonly task: CreateTaskDto }
    | { readonly operation: 'replace'; readonly id: string; readonly task: ReplaceTaskDto }
    | { readonly operation: 'patch'; readonly id: string; readonly task: PatchTaskDto }
    | {
        readonly operation: 'complete';
        readonly id: string;
        readonly completed?: boolean | undefined;
      }
    | { readonly operation: 'delete' | 'restore'; readonly id: string }
    | { readonly operation: 'move'; readonly id: string; readonly neighbours: MoveTaskDto }
  );

type Property = Exclude<keyof BulkOperationDto, 'operation'>;

const REQUIRED: Readonly<Record<OperationName, readonly Property[]>> = {
  create: ['task'],
  replace: ['task_id', 'task'],
  patch: ['task_id', 'task'],
  complete: ['task_id'],
  delete: ['task_id'],
  restore: ['task_id'],
  move: ['task_id'],
};
const OPTIONAL: Readonly<Record<OperationName, readonly Property[]>> = {
  create: ['idempotency_key'],
  replace: ['if_match', 'idempotency_key'],
  patch: ['if_match', 'idempotency_key'],
  complete: ['completed', 'if_match', 'idempotency_key'],
  delete: ['if_match', 'idempotency_key'],
  restore: ['idempotency_key'],
  move: ['after', 'before', 'if_match', 'idempotency_key'],
};

/**
 * The unread operations of a body: a malformed one is answered alone.
 * @throws ProblemError `validation`
 */
export function operationsIn(body: unknown): readonly unknown[] {
  if (!isObject(body)) throw refused('', 'must be an object with operations');
  const unknown = Object.keys(body).some((name) => name !== 'operations');
  if (unknown) throw refused('', 'must have no property but operations');
  const { operations } = body;
  const isList = Array.isArray(operations);
  if (isList && operations.length > 0 && operations.length <= OPERATIONS_MAX) return operations;
  throw refused('/operations', `must be an array of 1 to ${OPERATIONS_MAX} operations`);
}

/** @throws ProblemError whose places are relative to the operation */
export function readOperation(value: unknown): BulkOperation {
  if (!isObject(value)) throw refused('', 'must be an object');
  const { task, ...flat } = value;
  const dto = validBody(BulkOperationDto, flat);
  const { operation, completed, after, before } = dto;
  requireProperties(operation, value);
  const id = canonicalUuid(dto.task_id ?? '') ?? '';
  const terms = writeTermsOf({
    ...(dto.if_match !== undefined && { 'if-match': dto.if_match }),
    ...(dto.idempotency_key !== undefined && { 'idempotency-key': dto.idempotency_key }),
  });
  const others = [after, before, parentIn(task)];
  const common = { ...terms, names: namesOf(operation, id, terms.key, others) };
  switch (operation) {
    case 'create':
      return { ...common, operation, task: taskIn(CreateTaskDto, task) };
    case 'replace':
      return { ...common, operation, id, task: taskIn(ReplaceTaskDto, task) };
    case 'patch':
      return { ...common, operation, id, task: taskIn(PatchTaskDto, task) };
    case 'complete':
      return { ...common, operation, id, completed };
    case 'delete':
    case 'restore':
      return { ...common, operation, id };
    case 'move':
      return { ...common, operation, id, neighbours: validBody(MoveTaskDto, neighboursIn(value)) };
  }
}

/** Runs code that treats the `task` of an operation as the body of a request. */
export async function atTask<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    // Headers of a request are properties beside the task here.
    throw withFaults(error, (fault) =>
      'pointer' in fault ? { ...fault, pointer: `/task${fault.pointer}` } : fault,
    );
  }
}

/** The same problem in the body of the bulk. @param place JSON pointer of the operation */
export function movedTo(place: string, error: unknown): unknown {
  return withFaults(error, (fault) => ({
    pointer: place + pointerOf(fault),
    detail: fault.detail,
  }));
}

function withFaults(error: unknown, placed: (fault: RequestFault) => RequestFault): unknown {
  if (!(error instanceof ProblemError)) return error;
  const { code, detail, headers, reason, cause } = error;
  return new ProblemError(code, {
    faults: error.faults.map(placed),
    detail,
    headers,
    cause,
    ...(reason !== undefined && { reason }),
  });
}

const POINTER_OF_HEADER: Readonly<Record<string, string>> = {
  'If-Match': '/if_match',
  'Idempotency-Key': '/idempotency_key',
};

function pointerOf(fault: RequestFault): string {
  if ('pointer' in fault) return fault.pointer;
  return 'header' in fault ? (POINTER_OF_HEADER[fault.header] ?? '') : '';
}

function requireProperties(operation: OperationName, given: object): void {
  const required = REQUIRED[operation];
  const known = [...required, ...OPTIONAL[operation]];
  const missing = required.filter((name) => Reflect.get(given, name) === undefined);
  const others = Object.keys(given).filter(
    (name) => name !== 'operation' && !known.some((property) => property === name),
  );
  const faults = [
    ...missing.map((name) => ({ pointer: `/${name}`, detail: `is missing in a ${operation}` })),
    ...others.map((name) => ({ pointer: `/${name}`, detail: `is not known in a ${operation}` })),
  ];
  if (faults.length > 0) throw new ProblemError('validation', { faults });
}

function taskIn<Dto extends object>(dto: new () => Dto, task: unknown): Dto {
  try {
    return validBody(dto, task);
  } catch (error) {
    // Headers of a request are properties beside the task here.
    throw withFaults(error, (fault) =>
      'pointer' in fault ? { ...fault, pointer: `/task${fault.pointer}` } : fault,
    );
  }
}

/**
 * Operations that share a name run in order: those on one task, those that name it as a parent or a
 * neighbour, and those under one key. The key of a create may name its task.
 */
function namesOf(
  operation: OperationName,
  id: string,
  key: string | undefined,
  others: readonly unknown[],
): readonly string[] {
  const named = operation === 'create' && key !== undefined ? newTaskWithId(key)?.id : id;
  const tasks = [named, ...others].flatMap((one) =>
    typeof one === 'string' && one !== '' ? [`task ${one.toLowerCase()}`] : [],
  );
  return [...new Set(tasks), ...(key === undefined ? [] : [`key ${key}`])];
}

function parentIn(task: unknown): unknown {
  return isObject(task) ? task['parent_id'] : undefined;
}

function neighboursIn({ after, before }: Readonly<Record<string, unknown>>): object {
  return { ...(after !== undefined && { after }), ...(before !== undefined && { before }) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(pointer: string, detail: string): ProblemError {
  return new ProblemError('validation', { faults: [{ pointer, detail }] });
}
