import { Logger } from '@nestjs/common';
import type { Server } from 'node:http';
import { onAnswered } from './response-events';
import { requestFacts } from '../request-context';

const FIRST_REFUSAL = 400;

/** One line for each successful request; ProblemReports logs the others. */
export function logAnswers(server: Server): void {
  const logger = new Logger('Request');
  const stop = onAnswered(server, (request, response) => {
    const status = response.statusCode;
    if (status >= FIRST_REFUSAL) return;
    logger.debug({ msg: 'request answered', status, ...requestFacts(request) });
  });
  server.once('close', stop);
}
