import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { responseHeaders } from '../../openapi/response-headers';
import { ApiProblems } from '../../problems/problem.dto';
import { PageQuery } from '../dto/page.query';
import { JSON_LINES_MEDIA_TYPE } from '../task-answers';
import { ApiReadAfter } from './request-headers.openapi';

export const ApiExportTasks = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'exportTasks',
      summary: 'Export your tasks',
      description:
        'JSON Lines: one task in each line, as in the list, newest first. An answer has at most `limit` tasks; `Link` leads to the next ones, also after an interruption. `getUser` returns your account.',
    }),
    ApiQuery({ type: PageQuery }),
    ApiReadAfter(),
    ApiOkResponse({
      description: 'Tasks, one in each line; empty if there are none.',
      headers: responseHeaders('Link'),
      content: {
        [JSON_LINES_MEDIA_TYPE]: {
          schema: { type: 'string' },
          example:
            '{"id":"01a20297-4e3d-7c3e-9f60-3a5d1f0b2c4d","user_id":"0c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5","title":"Buy oat milk","description":null,"completed":false,"created_at":"2026-11-22T09:30:00.125Z","updated_at":"2026-11-22T09:30:00.125Z"}\n',
        },
      },
    }),
    ApiProblems('invalid-cursor'),
  );
