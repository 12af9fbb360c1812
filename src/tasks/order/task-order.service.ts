import { Injectable } from '@nestjs/common';
import { ProblemError } from '../../problems/problem-error';
import type { UserScope } from '../../user-scope/user-scope';
import { type StoredTask, type WriteCondition, written } from '../tasks.service';
import type { Neighbours } from './move-task.dto';
import { type MoveFault, TaskOrderRepository } from '../task-order.repository';
import { NO_SUCH_TASK } from '../tree/parent-fault';

/** Arranges the tasks of a user. */
@Injectable()
export class TaskOrderService {
  constructor(private readonly order: TaskOrderRepository) {}

  /** @throws ProblemError `validation`, `task-not-found`, `precondition-failed`, `move-conflict` */
  async move(
    scope: UserScope,
    id: string,
    neighbours: Neighbours,
    condition: WriteCondition,
  ): Promise<StoredTask> {
    requireOthers(id, neighbours);
    const { versions, keyed } = condition;
    const moved = await this.order.move(scope, id, { neighbours, versions, keyed });
    if (moved?.fault !== undefined) throw conflict(moved.fault, neighbours);
    return written(moved?.row, condition);
  }
}

function requireOthers(id: string, { after, before }: Neighbours): void {
  const faults = [
    ...(after === id ? [{ pointer: '/after', detail: MOVED_ITSELF }] : []),
    ...(before === id ? [{ pointer: '/before', detail: MOVED_ITSELF }] : []),
    ...(after !== undefined && after === before
      ? [{ pointer: '/before', detail: 'must be another task than after' }]
      : []),
  ];
  if (faults.length > 0) throw new ProblemError('validation', { faults });
}

const MOVED_ITSELF = 'must be another task than the one that is moved';

function conflict(fault: MoveFault, { after, before }: Neighbours): ProblemError {
  return new ProblemError('move-conflict', { faults: [faultOf(fault, after, before)] });
}

function faultOf(fault: MoveFault, after?: string, before?: string) {
  switch (fault) {
    case 'after':
    case 'before':
      return { pointer: `/${fault}`, detail: NO_SUCH_TASK };
    case 'order':
      return { pointer: '/before', detail: 'must be a task behind the one that after names' };
    default: {
      const pointer = fault === after ? '/after' : fault === before ? '/before' : '';
      return {
        pointer,
        detail: `leaves no room: move ${fault} first, to where it stands, and then this task`,
      };
    }
  }
}
