import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { hangUpOf } from '../http/adapter/response-events';
import { JSON_MEDIA_TYPE } from '../http/input/json-body';
import { ValidQuery } from '../http/input/query-parameters';
import { markAsUserData } from '../http/headers';
import { ProblemError } from '../problems/problem-error';
import { LargePages } from '../tasks/task-answers';
import type { UserScope } from '../user-scope/user-scope';
import { ApiUserId, CurrentReadScope, RequiresScope } from '../user-scope/user-scope.guard';
import { type ChangesPage, ChangesReader } from './changes-reader';
import { ApiListChanges } from './changes.openapi';
import { ListChangesQuery } from './dto/list-changes.query';

/** The changes of the tasks of one user. */
@ApiTags('Sync')
@ApiUserId()
@Controller('api/:user_id/tasks/changes')
export class ChangesController {
  constructor(
    private readonly changes: ChangesReader,
    private readonly largePages: LargePages,
  ) {}

  @Get()
  @RequiresScope('tasks:read')
  @ApiListChanges()
  async list(
    @CurrentReadScope() scope: UserScope,
    @ValidQuery(ListChangesQuery) { after, limit }: ListChangesQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string> {
    const page = await this.changes.read(scope, after, { limit, hangUp: () => hangUpOf(response) });
    if (page === undefined) throw new ProblemError('sync-token-expired');
    const body = changesJson(page);
    this.largePages.admit(scope.userId, body, response);
    markAsUserData(response);
    response.setHeader('Content-Type', `${JSON_MEDIA_TYPE}; charset=utf-8`);
    return body;
  }
}

function changesJson({ items, next, hasMore }: ChangesPage): string {
  const changes = items.map(({ json }) => json).join(',');
  return `{"items":[${changes}],"next":"${next}","has_more":${hasMore ? 'true' : 'false'}}`;
}
