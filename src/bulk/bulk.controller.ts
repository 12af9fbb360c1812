import { Controller, Headers, HttpCode, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { IncomingHttpHeaders } from 'node:http';
import type { Response } from 'express';
import type { Identity } from '../auth/identity';
import { ProblemReports } from '../error-handling/problem-reports';
import { LargeJsonBody } from '../http/input/json-body';
import { refuseDates, ClientPreferences, type Preferences } from '../http/headers';
import { ProblemError } from '../problems/problem-error';
import { LargePages, answerJson } from '../tasks/task-answers';
import type { UserScope } from '../user-scope/user-scope';
import {
  ApiUserId,
  CurrentIdentity,
  CurrentUserScope,
  RequiresScope,
} from '../user-scope/user-scope.guard';
import { BULK_LIMITS, operationsIn } from './bulk-operation';
import { resultsJson } from './bulk-results';
import { BulkService } from './bulk.service';
import { ApiBulk } from './openapi/bulk.openapi';

/** Headers of one request, and the property of an operation that takes their place. */
const OF_OPERATIONS: Readonly<Record<string, string>> = {
  'If-Match': 'if_match',
  'If-None-Match': 'if_match',
  'Idempotency-Key': 'idempotency_key',
};

/** Many writes of one user in a request. The guard has minted the scope before it runs. */
@ApiTags('Tasks')
@ApiUserId()
@Controller('api/:user_id/tasks')
export class BulkController {
  constructor(
    private readonly bulk: BulkService,
    private readonly reports: ProblemReports,
    private readonly largePages: LargePages,
  ) {}

  @Post('bulk')
  @HttpCode(200)
  @RequiresScope('tasks:write')
  @ApiBulk()
  async run(
    @CurrentUserScope() scope: UserScope,
    @CurrentIdentity() identity: Identity,
    @LargeJsonBody(BULK_LIMITS, operationsIn) operations: readonly unknown[],
    @Headers() headers: IncomingHttpHeaders,
    @ClientPreferences() preferences: Preferences,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string> {
    refuseHeaders(headers);
    const rateLimit = this.bulk.admit(scope, operations.length);
    if (rateLimit !== undefined) response.setHeader('RateLimit', rateLimit);
    const outcomes = await this.bulk.run(scope, identity, operations);
    for (const outcome of outcomes) {
      if ('problem' in outcome) this.reports.report(outcome.problem, response.req);
    }
    const { requestId, basePath } = response.req;
    const place = `${basePath}/api/${scope.userId}`;
    const body = resultsJson(outcomes, preferences, { requestId, place });
    this.largePages.hold(scope.userId, body, response);
    return answerJson(response, body, preferences);
  }
}

/** @throws ProblemError `validation` */
function refuseHeaders(headers: IncomingHttpHeaders): void {
  const faults = Object.entries(OF_OPERATIONS)
    .filter(([header]) => headers[header.toLowerCase()] !== undefined)
    .map(([header, property]) => ({
      header,
      detail: `must be absent: give each operation its own ${property}`,
    }));
  if (faults.length > 0) throw new ProblemError('validation', { faults });
  refuseDates(headers);
}
