import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Identity } from '../auth/identity';
import { ENV } from '../config/config.module';
import type { Env } from '../config/env';
import { ValidQuery } from '../http/input/query-parameters';
import { ProblemError } from '../problems/problem-error';
import type { UserScope } from '../user-scope/user-scope';
import {
  ApiUserId,
  CurrentIdentity,
  CurrentUserScope,
  RequiresScope,
} from '../user-scope/user-scope.guard';
import { TaskEventsQuery } from '../changes/dto/list-changes.query';
import { EventStreams } from './event-streams';
import { EVENT_STREAM_MEDIA_TYPE } from './event-text';
import { ApiTaskEvents } from './events.openapi';
import { positionOf } from './stream-position';

/** Changes to the tasks of one user as they happen. */
@ApiTags('Sync')
@ApiUserId()
@Controller('api/:user_id/tasks/events')
export class EventsController {
  constructor(
    private readonly streams: EventStreams,
    @Inject(ENV) private readonly env: Env,
  ) {}

  @Get()
  @RequiresScope('tasks:read')
  @ApiTaskEvents()
  async open(
    @CurrentUserScope() scope: UserScope,
    @CurrentIdentity() { expiresAt }: Identity,
    @ValidQuery(TaskEventsQuery) query: TaskEventsQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    const { req: request } = response;
    if (request.accepts(EVENT_STREAM_MEDIA_TYPE) === false) {
      throw new ProblemError('not-acceptable');
    }
    const after = positionOf(lastEventId, query.after);
    response.setHeader('Content-Type', EVENT_STREAM_MEDIA_TYPE);
    // Proxies must not change or buffer it: nginx reads the second header.
    response.setHeader('Cache-Control', 'no-store, no-transform');
    response.setHeader('X-Accel-Buffering', 'no');
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    request.isStream = true;
    // A stream is the last answer of its connection, which then ends with it.
    response.shouldKeepAlive = false;
    // As long as another request with this token would be accepted.
    const until = (expiresAt + this.env.clockTolerance) * 1_000;
    await this.streams.open({ scope, after, until }, response);
  }
}
