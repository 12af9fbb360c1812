import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { SYNC_TOKEN_MAX_LENGTH, SYNC_TOKEN_PATTERN } from '../changes/sync-token';
import { ApiProblems } from '../problems/problem.dto';
import { TASK } from '../tasks/openapi/tasks.examples';
import { TaskEventsQuery } from '../changes/dto/list-changes.query';
import { EVENT_STREAM_MEDIA_TYPE, eventText, positionText, retryText } from './event-text';
import { POSITION_HEADER } from './stream-position';

const EXAMPLE = [
  retryText(3_000) + positionText('1795340472042000498705271828'),
  eventText('task', '1795340472042001498705314159', JSON.stringify(TASK)),
].join('');

export const ApiTaskEvents = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'streamTaskEvents',
      summary: 'Follow your tasks live',
      description:
        'Server-sent events: `task` with the current task; `deleted` with an `id` and `deleted_at`; `position`, which only renews the `id` while nothing changes; `reset`, when changes may be missing: discard your copy, and begin with `listChanges`. The `id` of an event is a sync token, so you can switch between the stream and `listChanges`. The stream begins where you left off, or else now. It ends with your access token and when the server stops: reconnect with `Last-Event-ID`. Comments keep it alive. In browsers, use `fetch`, since `EventSource` sends no token, and share one stream among tabs. The explorer shows nothing until the stream ends: try it with `curl -N`.',
    }),
    ApiQuery({ type: TaskEventsQuery }),
    ApiHeader({
      name: POSITION_HEADER,
      description:
        'The `id` of the last event that you received; it overrides `after`. Clients of server-sent events send it by themselves.',
      required: false,
      schema: { type: 'string', maxLength: SYNC_TOKEN_MAX_LENGTH, pattern: SYNC_TOKEN_PATTERN },
    }),
    ApiOkResponse({
      description: 'Events, until you or the server end it.',
      content: { [EVENT_STREAM_MEDIA_TYPE]: { schema: { type: 'string' }, example: EXAMPLE } },
    }),
    ApiProblems('not-acceptable', 'too-many-streams', 'shutting-down'),
  );
