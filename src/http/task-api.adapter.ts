import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express, type Response } from 'express';
import { answerOtherMethods, type RouteLayer } from './other-methods';
import { assignRequestId } from './request-id';

/** Nest's Express adapter with this API's manners: strict paths, request ids, 405 with Allow. */
export class TaskApiAdapter extends ExpressAdapter {
  constructor() {
    super(strictExpress());
    this.use(assignRequestId);
  }

  /** Text goes out as it is; Express would parse its type again and look whether it is fresh. */
  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    if (typeof body !== 'string') return super.reply(response, body, statusCode);
    if (statusCode !== undefined) response.statusCode = statusCode;
    return response.end(body);
  }

  override setNotFoundHandler(
    ...[handler, prefix, excludedRoutes]: Parameters<ExpressAdapter['setNotFoundHandler']>
  ): ReturnType<ExpressAdapter['setNotFoundHandler']> {
    const app = this.getInstance<Express>();
    this.use(answerOtherMethods(() => app.router.stack as unknown as readonly RouteLayer[]));
    return super.setNotFoundHandler(handler, prefix, excludedRoutes);
  }
}

function strictExpress(): Express {
  const app = express();
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.disable('x-powered-by');
  // Tasks carry a strong ETag of their own; hashing every body would only cost.
  app.disable('etag');
  app.set('query parser', 'simple');
  return app;
}
