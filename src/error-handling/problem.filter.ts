import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ClientGoneError } from '../http/adapter/response-events';
import { PROBLEM_MEDIA_TYPE, problemDocument } from '../problems/problem-document';
import { problemOf } from './problem-of';
import { ProblemReports } from './problem-reports';
import { PROBLEM_TYPES } from '../problems/problem-types';

/** The one place where anything thrown becomes an answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly reports: ProblemReports) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    if (exception instanceof ClientGoneError) {
      this.reports.reportGone(request);
      return;
    }
    const response = http.getResponse<Response>();
    const problem = problemOf(exception);
    const { status } = PROBLEM_TYPES[problem.code];

    this.reports.report(problem, request);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.status(status);
    response.setHeaders(new Map(Object.entries(problem.headers)));
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Content-Type', PROBLEM_MEDIA_TYPE);
    const body = JSON.stringify(problemDocument(problem, request.requestId));
    // Explicit, so that the answer to HEAD has it as well.
    response.setHeader('Content-Length', Buffer.byteLength(body));
    response.end(body);
  }
}
