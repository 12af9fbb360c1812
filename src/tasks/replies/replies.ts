import { Injectable } from '@nestjs/common';
import { TODAY, type CompiledStatement } from '../../database/compiled-statement';
import {
  type KeyedWrite,
  type KeyUse,
  KeyUsedError,
  type Reply,
  keyUseOf,
} from '../../database/keyed-write';
import { Lanes } from '../../database/lanes/lanes';
import { ProblemError } from '../../problems/problem-error';
import type { UserScope } from '../../user-scope/user-scope';
import { TasksRepository } from '../tasks.repository';
import type { StoredTask } from '../tasks.service';
import { digestsOf, type KeyedRequest } from './idempotency-key';

export const repliesStatements = {
  /**
   * [key, request]: the columns of `enter_change_once`. Of today and yesterday; numbers of a feed may be a
   * little ahead of the clock.
   */
  find: {
    name: 'reply_find',
    text: `select null, false, request = $3::uuid, task_id, version, status
      from replies
      where user_id = $1 and day in (${TODAY} - 1, ${TODAY}, ${TODAY} + 1) and key = $2::uuid`,
  },
} as const satisfies Record<string, CompiledStatement>;

/** The replies to the writes of one user. They are stored by the writes themselves. */
@Injectable()
export class StoredReplies {
  readonly #statements: typeof repliesStatements;

  constructor(private readonly lanes: Lanes) {
    this.#statements = lanes.register(repliesStatements);
  }

  async find(
    scope: UserScope,
    { key, request }: Pick<KeyedWrite, 'key' | 'request'>,
  ): Promise<KeyUse | undefined> {
    const [row] = await this.lanes.run(scope, this.#statements.find, [key, request]);
    return row && keyUseOf(row);
  }
}

/** A write that may have a key. */
export interface OnceRequest extends Pick<KeyedWrite, 'taskId' | 'status'> {
  readonly key: string | undefined;
  readonly request: KeyedRequest;
}

/** How a write is made, and how a repeat is answered. */
export interface OnceWork<Answer> {
  readonly write: (keyed: KeyedWrite | undefined) => Promise<Answer>;
  readonly repeat: (reply: Reply) => Answer | Promise<Answer>;
}

/** Whether an earlier request with the same Idempotency-Key made the write. */
export interface Replayable {
  readonly replayed: boolean;
}

export type WrittenTask = StoredTask & Replayable;

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Writes with an Idempotency-Key are made once; a repeat gets the answer of the first. */
@Injectable()
export class Replies {
  constructor(
    private readonly replies: StoredReplies,
    private readonly tasks: TasksRepository,
  ) {}

  /** @throws ProblemError `idempotency-key-reused`, `idempotency-keys-exhausted`, or those of the write */
  async once<Answer>(
    scope: UserScope,
    { key, request, taskId, status }: OnceRequest,
    { write, repeat }: OnceWork<Answer>,
  ): Promise<Answer> {
    if (key === undefined) return write(undefined);
    const keyed = { ...digestsOf(key, request), taskId, status };
    try {
      return await write(keyed);
    } catch (error) {
      const use =
        error instanceof KeyUsedError ? error.use : await this.#useBefore(scope, keyed, error);
      if (use === undefined) throw error;
      return repeat(replyOf(use));
    }
  }

  /**
   * The current task of a reply, also one in the trash, with the tag of the write: a client that
   * uses the tag learns by 412 that the task has changed since.
   * @throws ProblemError `task-purged`
   */
  async taskOf(scope: UserScope, { taskId, version }: Reply): Promise<WrittenTask> {
    const row = await this.tasks.findMade(scope, taskId);
    if (row?.json == null) throw new ProblemError('task-purged');
    return { json: row.json, version, replayed: true };
  }

  /** The limit of tasks refuses a create before it is sent, but it may be a repeat. */
  async #useBefore(
    scope: UserScope,
    keyed: KeyedWrite,
    error: unknown,
  ): Promise<KeyUse | undefined> {
    const isLimit = error instanceof ProblemError && error.code === 'task-limit-reached';
    return isLimit ? this.replies.find(scope, keyed) : undefined;
  }
}

function replyOf(use: KeyUse): Reply {
  switch (use.kind) {
    case 'repeated':
      return use.reply;
    case 'taken':
      throw new ProblemError('idempotency-key-reused');
    case 'exhausted': {
      const seconds = Math.ceil((DAY_MS - (Date.now() % DAY_MS)) / 1_000);
      throw new ProblemError('idempotency-keys-exhausted', {
        headers: { 'Retry-After': String(seconds) },
      });
    }
  }
}
