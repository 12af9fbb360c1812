import { Controller, Delete, Get, Headers, HttpCode, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { IncomingHttpHeaders } from 'node:http';
import type { Response } from 'express';
import { hangUpOf } from '../http/adapter/response-events';
import { NoBody } from '../http/input/json-body';
import { refusePreconditions, ClientPreferences, type Preferences } from '../http/headers';
import { ValidQuery } from '../http/input/query-parameters';
import { UuidParameter } from '../http/input/uuid';
import { LargePages, answerPage, answerWrite, markReplay, pageJson } from '../tasks/task-answers';
import { idempotencyKeyOf } from '../tasks/replies/idempotency-key';
import type { UserScope } from '../user-scope/user-scope';
import {
  ApiUserId,
  CurrentReadScope,
  CurrentUserScope,
  RequiresScope,
} from '../user-scope/user-scope.guard';
import { PageQuery } from '../tasks/dto/page.query';
import { ApiListTrash, ApiPurgeTask, ApiRestoreTask } from './openapi/trash.openapi';
import { TrashService } from './trash.service';

/** The deleted tasks of one user. The guard has minted the scope before any of these runs. */
@ApiTags('Trash')
@ApiUserId()
@Controller('api/:user_id/trash')
export class TrashController {
  constructor(
    private readonly trash: TrashService,
    private readonly largePages: LargePages,
  ) {}

  @Get()
  @RequiresScope('tasks:read')
  @ApiListTrash()
  async list(
    @CurrentReadScope() scope: UserScope,
    @ValidQuery(PageQuery) query: PageQuery,
    @ClientPreferences() preferences: Preferences,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string> {
    const page = await this.trash.list(scope, query, {
      count: preferences.count === 'exact',
      hangUp: () => hangUpOf(response),
    });
    const body = pageJson(page);
    this.largePages.admit(scope.userId, body, response);
    return answerPage(response, `${scope.userId}/trash`, page, body);
  }

  @Post(':task_id/restore')
  @HttpCode(200)
  @RequiresScope('tasks:write')
  @ApiRestoreTask()
  async restore(
    @CurrentUserScope() scope: UserScope,
    @UuidParameter('task_id') id: string,
    @Headers() headers: IncomingHttpHeaders,
    @NoBody() _body: undefined,
    @ClientPreferences() preferences: Preferences,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string | undefined> {
    const task = await this.trash.restore(scope, id, keyOf(headers));
    return answerWrite(response, scope.userId, task, preferences);
  }

  @Delete(':task_id')
  @HttpCode(204)
  @RequiresScope('tasks:write')
  @ApiPurgeTask()
  async purge(
    @CurrentUserScope() scope: UserScope,
    @UuidParameter('task_id') id: string,
    @Headers() headers: IncomingHttpHeaders,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    markReplay(response, await this.trash.purge(scope, id, keyOf(headers)));
  }
}

/** @throws ProblemError `validation`, `idempotency-key-invalid` */
function keyOf(headers: IncomingHttpHeaders): string | undefined {
  refusePreconditions(
    headers,
    ['If-Match', 'If-None-Match'],
    'a deleted task has no `ETag` to compare',
  );
  return idempotencyKeyOf(headers);
}
