import { validBody } from '../../http/input/request-validation';
import { ProblemError, type RequestFault } from '../../problems/problem-error';
import { ReplaceTaskDto, type TaskFields } from '../dto/write-task.dto';
import { wasMoved } from '../task-fields';
import {
  KEY_LEAD_MS,
  newTask,
  newTaskAt,
  type NewTask,
  newTaskWithId,
  type TaskOrigin,
} from '../task-id';

/** An imported task, with its history as far as it is given. */
export interface ImportedTask extends NewTask {
  readonly fields: TaskFields;
  readonly completedAtMs: number | undefined;
  readonly updatedAtMs: number;
  /** null where it stands where it was created. */
  readonly position: string | null;
}

/** Where a task was found: one that has no id always gets the same one there. */
export interface ImportedFrom extends TaskOrigin {
  /** The time of a task that has none. */
  readonly atMs: number;
}

/**
 * Reads a task by the rules of the API, which are those of PUT: it may be one that was exported.
 * Fields that no client may set are checked here: a task keeps its id and its times.
 * @throws ProblemError `validation` naming every fault
 */
export function importedTask(value: unknown, userId: string, from: ImportedFrom): ImportedTask {
  const nowMs = Date.now();
  const dto = validBody(ReplaceTaskDto, value);
  const faults: RequestFault[] = [];
  const owner = dto.user_id?.toLowerCase() ?? userId;
  if (owner !== userId) faults.push(fault('user_id', 'must be that of the user, or absent'));

  const task = newTaskOf(dto, from, faults);
  const updatedAtMs = dto.updated_at === undefined ? task.createdAtMs : timeOf(dto.updated_at);
  if (updatedAtMs < task.createdAtMs) {
    faults.push(fault('updated_at', 'must not be earlier than created_at'));
  }
  if (dto.parent_id === task.id) faults.push(fault('parent_id', 'must not be the task itself'));
  const completedAtMs = completionOf(dto, nowMs, faults);
  if (Math.max(task.createdAtMs, updatedAtMs) > nowMs + KEY_LEAD_MS) {
    const which = task.createdAtMs > nowMs + KEY_LEAD_MS ? 'created_at' : 'updated_at';
    faults.push(fault(which, 'must not be in the future'));
  }
  if (faults.length > 0) throw new ProblemError('validation', { faults });
  const { position = '' } = dto;
  return {
    ...task,
    fields: dto,
    completedAtMs,
    updatedAtMs,
    position: wasMoved({ position }) ? position : null,
  };
}

function completionOf(
  { completed, completed_at: completedAt }: ReplaceTaskDto,
  nowMs: number,
  faults: RequestFault[],
): number | undefined {
  if (completedAt === undefined || completedAt === null) return undefined;
  if (!completed) faults.push(fault('completed_at', 'must be null, or absent, of an open task'));
  const completedAtMs = timeOf(completedAt);
  if (completedAtMs > nowMs + KEY_LEAD_MS) {
    faults.push(fault('completed_at', 'must not be in the future'));
  }
  return completedAtMs;
}

/** The time of a task is that of its id: one of them suffices, and both must agree. */
function newTaskOf(
  { id, created_at: createdAt }: ReplaceTaskDto,
  from: ImportedFrom,
  faults: RequestFault[],
): NewTask {
  const createdAtMs = createdAt === undefined ? undefined : timeOf(createdAt);
  if (createdAtMs !== undefined && createdAtMs < 0) {
    faults.push(fault('created_at', 'must not be before 1970'));
    return newTask();
  }
  if (id === undefined) return newTaskAt(createdAtMs ?? from.atMs, from);
  const task = newTaskWithId(id);
  if (task === undefined) {
    faults.push(fault('id', 'must be a UUIDv7, or absent'));
    return newTask();
  }
  if (createdAtMs !== undefined && createdAtMs !== task.createdAtMs) {
    faults.push(fault('created_at', 'must be the time of the id, or absent'));
  }
  return task;
}

/** A time that the DTO has accepted. */
function timeOf(timestamp: string): number {
  return Date.parse(timestamp);
}

function fault(property: string, detail: string): RequestFault {
  return { pointer: `/${property}`, detail };
}
