import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOperation } from '@nestjs/swagger';
import { MoveTaskDto } from '../dto/move-task.dto';
import { answersWithTask, TASK_ID } from './task-writes.openapi';
import { CHANGED, NEIGHBOUR } from './tasks.examples';

export const ApiMoveTask = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'moveTask',
      summary: 'Move a task in the order of the user',
      description:
        'The order is one of all tasks of the user, and that of `sort=position`. With `after` and `before`, the task comes between both, also where others that the client does not show stand there too. With one of them, it comes directly beside that task.',
    }),
    TASK_ID,
    ApiBody({
      type: MoveTaskDto,
      examples: {
        after: { summary: 'Directly behind a task', value: { after: NEIGHBOUR } },
        first: { summary: 'Directly before a task', value: { before: NEIGHBOUR } },
      },
    }),
    answersWithTask(
      'The task with its new `position`.',
      { ...CHANGED, position: 'fe5dfd68b1bV000660f3c31d3428' },
      'move-conflict',
    ),
  );
