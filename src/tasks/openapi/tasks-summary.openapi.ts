import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { SummaryQuery, TasksSummaryDto } from '../dto/tasks-summary.dto';
import { SUMMARY } from './tasks.examples';
import { ApiReadAfter } from './request-headers.openapi';

export const ApiTasksSummary = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'getTasksSummary',
      summary: 'Count what there is to do',
      description:
        'Counts the open tasks by the clock of `time_zone`. The cost grows with their number.',
    }),
    ApiQuery({ type: SummaryQuery }),
    ApiReadAfter(),
    ApiOkResponse({ description: 'The counts.', type: TasksSummaryDto, example: SUMMARY }),
  );
