import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { ApiProblems } from '../problems/api-problems.decorator';
import { TASK } from '../tasks/openapi/tasks.examples';
import { ChangesPageDto } from './dto/changes.dto';
import { ListChangesQuery } from './dto/list-changes.query';
import { ApiReadAfter } from '../tasks/openapi/request-headers.openapi';

const CHANGES: ChangesPageDto = {
  items: [
    TASK,
    { id: '01a20297-4e3d-7c3e-9f60-3a5d1f0b2c4e', deleted_at: '2026-11-22T09:31:12.042Z' },
  ],
  next: '1795340472042000498705271828',
  has_more: false,
};

export const ApiListChanges = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'listChanges',
      summary: 'List what has changed',
      description:
        'Without `after` it begins with all tasks, page by page; then come the changes, in their order. Ask again with `next` at once while `has_more` is true, later for what has changed until then. A `next` is good for 30 days, and longer until the next attempt to write. 410 `sync-token-expired` means that changes may be missing: forget what you have, and begin without `after`.',
    }),
    ApiQuery({ type: ListChangesQuery }),
    ApiReadAfter(),
    ApiOkResponse({
      description: 'A page of changes; empty where there are none.',
      type: ChangesPageDto,
      example: CHANGES,
    }),
    ApiProblems('sync-token-expired'),
  );
