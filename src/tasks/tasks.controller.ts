import { Controller, Delete, Get, Headers, HttpCode, Patch, Post, Put, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { IncomingHttpHeaders } from 'node:http';
import type { Response } from 'express';
import type { Identity } from '../auth/identity';
import { hangUpOf } from '../http/adapter/response-events';
import { JsonBody } from '../http/input/json-body';
import {
  refusePreconditions,
  ClientPreferences,
  type Preferences,
  markAsUserData,
} from '../http/headers';
import { ValidQuery } from '../http/input/query-parameters';
import { UuidParameter } from '../http/input/uuid';
import type { UserScope } from '../user-scope/user-scope';
import {
  ApiUserId,
  CurrentIdentity,
  CurrentReadScope,
  CurrentUserScope,
  RequiresScope,
} from '../user-scope/user-scope.guard';
import { ListTasksQuery } from './dto/list-tasks.query';
import { SummaryQuery, type TasksSummaryDto } from './dto/tasks-summary.dto';
import { MoveTaskDto } from './order/move-task.dto';
import { CompleteTaskDto } from './dto/complete-task.dto';
import { CreateTaskDto, PatchTaskDto, ReplaceTaskDto } from './dto/write-task.dto';
import {
  LargePages,
  answerCreate,
  answerPage,
  answerRead,
  answerWrite,
  markReplay,
  pageJson,
} from './task-answers';
import { idempotencyKeyOf } from './replies/idempotency-key';
import { TaskWrites, writeTermsOf } from './replies/task-writes';
import { versionsHeld } from './task-etag';
import {
  ApiCompleteTask,
  ApiCreateTask,
  ApiDeleteTask,
  ApiGetTask,
  ApiListTasks,
  ApiPatchTask,
  ApiReplaceTask,
} from './openapi/tasks.openapi';
import { ApiMoveTask } from './openapi/task-writes.openapi';
import { ApiTasksSummary } from './openapi/tasks-summary.openapi';
import { TasksService } from './tasks.service';

/** The tasks of one user. The guard has minted the scope before any of these runs. */
@ApiTags('Tasks')
@ApiUserId()
@Controller('api/:user_id/tasks')
export class TasksController {
  constructor(
    private readonly tasks: TasksService,
    private readonly writes: TaskWrites,
    private readonly largePages: LargePages,
  ) {}

  @Get()
  @RequiresScope('tasks:read')
  @ApiListTasks()
  async list(
    @CurrentReadScope() scope: UserScope,
    @ValidQuery(ListTasksQuery) query: ListTasksQuery,
    @ClientPreferences() preferences: Preferences,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string> {
    const count = preferences.count === 'exact';
    let signal: AbortSignal | undefined;
    const hangUp = (): AbortSignal => (signal ??= hangUpOf(response));
    const page = await this.tasks.list(scope, query, { count, hangUp });
    const body = pageJson(page);
    this.largePages.admit(scope.userId, body, response);
    return answerPage(response, `${scope.userId}/tasks`, page, body);
  }

  @Post()
  @RequiresScope('tasks:write')
  @ApiCreateTask()
  async create(
    @CurrentUserScope() scope: UserScope,
    @CurrentIdentity() identity: Identity,
    @JsonBody(CreateTaskDto) body: CreateTaskDto,
    @Headers() headers: IncomingHttpHeaders,
    @ClientPreferences() preferences: Preferences,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string | undefined> {
    refusePreconditions(headers, ['If-Match'], 'a new task has no version');
    const task = await this.writes.create(scope, identity, body, idempotencyKeyOf(headers));
    return answerCreate(response, scope.userId, task, preferences);
  }

  @Get('summary')
  @RequiresScope('tasks:read')
  @ApiTasksSummary()
  async summary(
    @CurrentReadScope() scope: UserScope,
    @ValidQuery(SummaryQuery) query: SummaryQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TasksSummaryDto> {
    markAsUserData(response);
    return this.tasks.summarize(scope, query.time_zone, () => hangUpOf(response));
  }

  @Get(':task_id')
  @RequiresScope('tasks:read')
  @ApiGetTask()
  async get(
    @CurrentReadScope() scope: UserScope,
    @UuidParameter('task_id') id: string,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string | undefined> {
    const isHeld = versionsHeld(ifNoneMatch);
    return answerRead(response, await this.tasks.get(scope, id), isHeld);
  }

  @Put(':task_id')
  @RequiresScope('tasks:write')
  @ApiReplaceTask()
  async replace(
    @CurrentUserScope() scope: UserScope,
    @UuidParameter('task_id') id: string,
    @JsonBody(ReplaceTaskDto) body: ReplaceTaskDto,
    @Headers() headers: IncomingHttpHeaders,
    @ClientPreferences() preferences: Preferences,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string | undefined> {
    const task = await this.writes.replace(scope, id, body, writeTermsOf(headers));
    return answerWrite(response, scope.userId, task, preferences);
  }

  @Patch(':task_id')
  @RequiresScope('tasks:write')
  @ApiPatchTask()
  async patch(
    @CurrentUserScope() scope: UserScope,
    @UuidParameter('task_id') id: string,
    @JsonBody(PatchTaskDto) body: PatchTaskDto,
    @Headers() headers: IncomingHttpHeaders,
    @ClientPreferences() preferences: Preferences,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string | undefined> {
    const task = await this.writes.patch(scope, id, body, writeTermsOf(headers));
    return answerWrite(response, scope.userId, task, preferences);
  }

  @Delete(':task_id')
  @HttpCode(204)
  @RequiresScope('tasks:write')
  @ApiDeleteTask()
  async delete(
    @CurrentUserScope() scope: UserScope,
    @UuidParameter('task_id') id: string,
    @Headers() headers: IncomingHttpHeaders,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    markReplay(response, await this.writes.delete(scope, id, writeTermsOf(headers)));
  }

  @Patch(':task_id/complete')
  @RequiresScope('tasks:write')
  @ApiCompleteTask()
  async complete(
    @CurrentUserScope() scope: UserScope,
    @UuidParameter('task_id') id: string,
    @JsonBody(CompleteTaskDto, { optional: true }) body: CompleteTaskDto | undefined,
    @Headers() headers: IncomingHttpHeaders,
    @ClientPreferences() preferences: Preferences,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string | undefined> {
    const terms = writeTermsOf(headers);
    const task = await this.writes.complete(scope, id, body?.completed, terms);
    return answerWrite(response, scope.userId, task, preferences);
  }

  @Post(':task_id/move')
  @HttpCode(200)
  @RequiresScope('tasks:write')
  @ApiMoveTask()
  async move(
    @CurrentUserScope() scope: UserScope,
    @UuidParameter('task_id') id: string,
    @JsonBody(MoveTaskDto) body: MoveTaskDto,
    @Headers() headers: IncomingHttpHeaders,
    @ClientPreferences() preferences: Preferences,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string | undefined> {
    const task = await this.writes.move(scope, id, body, writeTermsOf(headers));
    return answerWrite(response, scope.userId, task, preferences);
  }
}
