import { IncomingMessage, type ServerOptions, ServerResponse } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { FairAdmission } from './fair-admission';
import { CONNECTION_LIMITS, type ConnectionLimits, createBoundServer } from './http-server';
import { answerOtherMethods, reserveSpelledOutPaths, type RouteLayer } from './method-not-allowed';
import {
  assignRequestId,
  followsDoubtfulMessage,
  locate,
  problemOfMessage,
  readTraceContext,
} from './request-head';
import { onAnswered } from './response-events';
import { parseQuery } from '../input/query-parameters';

/** From this length on, a separate buffer costs less than another copy. */
const LONG_TEXT = 16_384;

/** Nest's Express adapter with this API's manners: strict paths, request ids, 405 with Allow. */
export class TaskApiAdapter extends ExpressAdapter {
  readonly admission: FairAdmission;
  /** Names the caller whose requests wait for one another. */
  callerOf: (request: Request) => string = ({ socket }) => socket.remoteAddress ?? '';
  #registerLast: () => void = () => undefined;

  /** @param basePath what stands before the paths of the API where clients are */
  constructor(
    private readonly limits: ConnectionLimits = CONNECTION_LIMITS,
    private readonly basePath = '',
  ) {
    super(strictExpress());
    this.admission = new FairAdmission(limits.waitMs);
    this.use(this.#receive);
  }

  /**
   * Express gives every request and response its own prototype, after which V8 treats each as a new
   * shape (https://github.com/expressjs/express/issues/5998). Here they are created with it.
   */
  override initHttpServer(): void {
    const app = this.getInstance<Express>();
    const server = createBoundServer(this.limits, app, expressClasses(app));
    server.once('listening', () => {
      const stop = onAnswered(server, (request) => {
        this.admission.leave(request);
      });
      server.once('close', stop);
    });
    this.httpServer = server;
  }

  /** Routes that `register` adds come behind all others, which then need not pass them. */
  registerLast(register: () => void): void {
    this.#registerLast = register;
  }

  /**
   * Text goes out as it is; Express would parse its type again and look whether it is fresh. Node
   * sets the length itself, except in the answer to HEAD.
   */
  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    if (typeof body !== 'string') return super.reply(response, body, statusCode);
    if (statusCode !== undefined) response.statusCode = statusCode;
    if (response.req.method === 'HEAD') {
      response.setHeader('Content-Length', Buffer.byteLength(body));
    }
    // Node would copy a long text once more, behind the head, before it encodes both.
    return response.end(body.length < LONG_TEXT ? body : Buffer.from(body));
  }

  override setNotFoundHandler(
    ...[handler, prefix, excludedRoutes]: Parameters<ExpressAdapter['setNotFoundHandler']>
  ): ReturnType<ExpressAdapter['setNotFoundHandler']> {
    const app = this.getInstance<Express>();
    this.#registerLast();
    reserveSpelledOutPaths(app);
    this.use(answerOtherMethods(() => app.router.stack as unknown as readonly RouteLayer[]));
    return super.setNotFoundHandler(handler, prefix, excludedRoutes);
  }

  /** What every request gets, in one layer of the router. */
  readonly #receive = (request: Request, response: Response, next: NextFunction): void => {
    if (followsDoubtfulMessage(request)) return;
    request.receivedAt = performance.now();
    assignRequestId(request, response);
    readTraceContext(request);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    const problem = problemOfMessage(request) ?? locate(request, this.basePath);
    this.admission.admit(this.callerOf(request), request, (refusal) => {
      next(refusal ?? problem);
    });
  };
}

/** Makes classes for requests and responses, and lets this Express use their prototypes from now on. */
function expressClasses(app: Express): ServerOptions {
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse<Message extends IncomingMessage> extends ServerResponse<Message> {}
  Object.setPrototypeOf(ExpressRequest.prototype, app.request);
  Object.setPrototypeOf(ExpressResponse.prototype, app.response);
  app.request = ExpressRequest.prototype as typeof app.request;
  app.response = ExpressResponse.prototype as unknown as typeof app.response;
  return {
    IncomingMessage: ExpressRequest,
    ServerResponse: ExpressResponse,
    // Node would answer without a problem document; request-head.ts looks at the field.
    requireHostHeader: false,
  };
}

function strictExpress(): Express {
  const app = express();
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.disable('x-powered-by');
  // Tasks have their own strong ETag; hashing every body would only cost.
  app.disable('etag');
  app.set('query parser', parseQuery);
  return app;
}
