import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { ApiProblems } from '../problems/problem.dto';
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
      summary: 'List changes',
      description:
        'Without `after`, all tasks come first, page by page; then the changes, in order. While `has_more` is true, ask again with `next` at once; otherwise later, for new changes. A `next` is valid for 30 days, and longer until the next attempt to write. 410 `sync-token-expired` means that changes may be missing: discard your copy, and begin without `after`.',
    }),
    ApiQuery({ type: ListChangesQuery }),
    ApiReadAfter(),
    ApiOkResponse({
      description: 'A page of changes; empty if there are none.',
      type: ChangesPageDto,
      example: CHANGES,
    }),
    ApiProblems('sync-token-expired'),
  );
