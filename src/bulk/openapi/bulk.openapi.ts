import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { responseHeaders } from '../../openapi/response-headers';
import { problemDocument } from '../../problems/problem-document';
import { CHANGED, TASK } from '../../tasks/openapi/tasks.examples';
import { BulkDto, BulkResultsDto } from '../dto/bulk.dto';

const MISSING = '01a20297-4e3d-7c3e-9f60-000000000000';

/** The bulk in the OpenAPI document. */
export const ApiBulk = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'bulkTasks',
      summary: 'Write many tasks',
      description:
        'Up to 100 operations in 1 MiB and 10,000 values. Each succeeds or fails like a single request, and does not affect the others. Each counts as a request of your quota; if not all are left, none runs. `restore` takes a task out of the trash.',
    }),
    ApiHeader({
      name: 'Prefer',
      description: '`return=minimal` leaves the tasks out of the answer (RFC 7240).',
      schema: { type: 'string' },
    }),
    ApiBody({
      type: BulkDto,
      examples: {
        several: {
          summary: 'Several operations',
          value: {
            operations: [
              { operation: 'create', task: { title: 'Buy oat milk' } },
              { operation: 'complete', task_id: TASK.id, completed: true },
              { operation: 'delete', task_id: MISSING },
            ],
          },
        },
      },
    }),
    ApiOkResponse({
      description: 'The answer to each operation.',
      type: BulkResultsDto,
      example: {
        results: [
          { status: 201, etag: '"1795339800125001"', task: TASK },
          {
            status: 200,
            etag: '"1795366342007000"',
            task: { ...CHANGED, completed: true, completed_at: CHANGED.updated_at },
          },
          {
            status: 404,
            problem: problemDocument(
              { code: 'task-not-found', faults: [] },
              '3b0a3c0e-6f0b-4d53-9a35-0c1f6a7a8d11',
            ),
          },
        ],
      },
      headers: responseHeaders('Preference-Applied'),
    }),
  );
