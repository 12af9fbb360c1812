import { Injectable } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import type { Identity } from '../../auth/identity';
import type { UserScope } from '../../user-scope/user-scope';
import { requireSameTask } from '../dto/echoed-fields';
import {
  type CreateTaskDto,
  type PatchTaskDto,
  type ReplaceTaskDto,
  requireChange,
  type TaskFields,
} from '../dto/write-task.dto';
import { type MoveTaskDto, neighboursOf } from '../order/move-task.dto';
import { TaskOrderService } from '../order/task-order.service';
import { type Precondition, preconditionOf } from '../task-etag';
import { FIELD_NAMES, type TaskField } from '../task-fields';
import { newTask, newTaskWithKey } from '../task-id';
import {
  type CreatedTask,
  type StoredTask,
  TasksService,
  type WriteCondition,
} from '../tasks.service';
import { idempotencyKeyOf, type KeyedRequest } from './idempotency-key';
import { Replies, type Replayable, type WrittenTask } from './replies';

/** The conditions and preferences of a write. */
export interface WriteTerms {
  readonly precondition: Precondition;
  readonly key: string | undefined;
}

/** @throws ProblemError `validation`, `idempotency-key-invalid` */
export function writeTermsOf(headers: IncomingHttpHeaders): WriteTerms {
  return { precondition: preconditionOf(headers), key: idempotencyKeyOf(headers) };
}

/**
 * The writes of tasks for clients: a body must fit its path, and each write under an
 * Idempotency-Key is made once.
 */
@Injectable()
export class TaskWrites {
  constructor(
    private readonly tasks: TasksService,
    private readonly replies: Replies,
    private readonly order: TaskOrderService,
  ) {}

  /** A key that is a UUIDv7 becomes the id of the task, so its reply is the task itself. */
  async create(
    scope: UserScope,
    identity: Identity,
    body: CreateTaskDto,
    key: string | undefined,
  ): Promise<CreatedTask> {
    requireSameTask(body, { user_id: scope.userId });
    const named = key === undefined ? undefined : newTaskWithKey(key);
    if (named !== undefined) {
      return this.tasks.create(scope, identity, body, { newTask: named, once: true });
    }
    const task = newTask();
    const request = { operation: 'create', content: () => withoutDefaults(body) };
    return this.replies.once(
      scope,
      { key, request, taskId: task.id, status: 201 },
      {
        write: (keyed) =>
          this.tasks.create(scope, identity, body, { newTask: task, once: false, keyed }),
        repeat: async (reply) => ({
          ...(await this.replies.taskOf(scope, reply)),
          id: reply.taskId,
          status: reply.status,
        }),
      },
    );
  }

  async replace(
    scope: UserScope,
    id: string,
    body: ReplaceTaskDto,
    terms: WriteTerms,
  ): Promise<WrittenTask> {
    requireSameTask(body, { id, user_id: scope.userId });
    const request = { operation: 'replace', content: () => withoutDefaults(body) };
    return this.#change(scope, id, terms, request, (condition) =>
      this.tasks.replace(scope, id, body, condition),
    );
  }

  async patch(
    scope: UserScope,
    id: string,
    body: PatchTaskDto,
    terms: WriteTerms,
  ): Promise<WrittenTask> {
    requireSameTask(body, { id, user_id: scope.userId });
    requireChange(body);
    const request = { operation: 'patch', content: () => fieldsOf(body) };
    return this.#change(scope, id, terms, request, (condition) =>
      this.tasks.patch(scope, id, body, condition),
    );
  }

  async complete(
    scope: UserScope,
    id: string,
    completed: boolean | undefined,
    terms: WriteTerms,
  ): Promise<WrittenTask> {
    const request = { operation: 'complete', content: () => ({ completed }) };
    return this.#change(scope, id, terms, request, (condition) =>
      this.tasks.complete(scope, id, completed, condition),
    );
  }

  /** Puts a task elsewhere in the order of its user. */
  async move(
    scope: UserScope,
    id: string,
    body: MoveTaskDto,
    terms: WriteTerms,
  ): Promise<WrittenTask> {
    const neighbours = neighboursOf(body);
    const request = { operation: 'move', content: () => neighbours };
    return this.#change(scope, id, terms, request, (condition) =>
      this.order.move(scope, id, neighbours, condition),
    );
  }

  async delete(
    scope: UserScope,
    id: string,
    { precondition, key }: WriteTerms,
  ): Promise<Replayable> {
    const request = { operation: 'delete', taskId: id, versions: precondition.versions };
    return this.replies.once<Replayable>(
      scope,
      { key, request, taskId: id, status: 204 },
      {
        write: async (keyed) => {
          await this.tasks.delete(scope, id, { ...precondition, keyed });
          return { replayed: false };
        },
        repeat: () => ({ replayed: true }),
      },
    );
  }

  #change(
    scope: UserScope,
    taskId: string,
    { precondition, key }: WriteTerms,
    { operation, content }: Pick<KeyedRequest, 'operation' | 'content'>,
    write: (condition: WriteCondition) => Promise<StoredTask>,
  ): Promise<WrittenTask> {
    const request = { operation, taskId, content, versions: precondition.versions };
    return this.replies.once<WrittenTask>(
      scope,
      { key, request, taskId, status: 200 },
      {
        write: async (keyed) => ({ ...(await write({ ...precondition, keyed })), replayed: false }),
        repeat: (reply) => this.replies.taskOf(scope, reply),
      },
    );
  }
}

function fieldsOf(body: Partial<TaskFields>): Partial<TaskFields> {
  return Object.fromEntries(FIELD_NAMES.map((name) => [name, body[name]]));
}

/** So that a field of a later release does not make the same body another request. */
function withoutDefaults(body: TaskFields): Partial<TaskFields> {
  return Object.fromEntries(
    Object.entries(fieldsOf(body)).filter(([name, value]) => !isDefault(name, value)),
  );
}

function isDefault(name: string, value: TaskFields[TaskField] | undefined): boolean {
  if (name === 'recurrence_from') return value === 'due';
  // An empty text is stored as such, and is not the absent one.
  return Array.isArray(value) ? value.length === 0 : value !== '' && !value;
}
