import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { hangUpOf } from '../http/adapter/response-events';
import { ValidQuery } from '../http/input/query-parameters';
import type { UserScope } from '../user-scope/user-scope';
import { ApiUserId, CurrentReadScope, RequiresScope } from '../user-scope/user-scope.guard';
import { PageQuery } from './dto/page.query';
import { ListTasksQuery } from './dto/list-tasks.query';
import { LargePages, answerLines, pageLines } from './task-answers';
import { TasksService } from './tasks.service';
import { ApiExportTasks } from './openapi/tasks-export.openapi';

/** All tasks of a user, in pages that cost no more than those of the list. */
@ApiTags('Tasks')
@ApiUserId()
@Controller('api/:user_id/export')
export class TasksExportController {
  constructor(
    private readonly tasks: TasksService,
    private readonly largePages: LargePages,
  ) {}

  @Get()
  @RequiresScope('tasks:read')
  @ApiExportTasks()
  async export(
    @CurrentReadScope() scope: UserScope,
    @ValidQuery(PageQuery) query: PageQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string> {
    const page = await this.tasks.list(scope, Object.assign(new ListTasksQuery(), query), {
      count: false,
      hangUp: () => hangUpOf(response),
    });
    const body = pageLines(page);
    this.largePages.admit(scope.userId, body, response);
    return answerLines(response, scope.userId, page, body);
  }
}
