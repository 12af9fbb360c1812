import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';

/**
 * The headers of the HTML pages (docs/decisions/0020-security-headers-on-pages.md). A page may load
 * from its own origin alone, and nothing may frame it: the explorer keeps a token.
 */
export const protectPage: RequestHandler = helmet({
  contentSecurityPolicy: {
    // Helmet's defaults have upgrade-insecure-requests, which leaves a page blank on
    // http://192.168.….
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      // Swagger UI styles its elements in place.
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  xFrameOptions: { action: 'deny' },
  // Browsers ignore it over plain http, and complain about that in the console.
  crossOriginOpenerPolicy: false,
  // Left to the proxy that terminates TLS: it binds every port and service of the host.
  strictTransportSecurity: false,
});

/** Protects the pages of one controller; the routes of the API do not pass it. */
export class ProtectedPage implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    const http = context.switchToHttp();
    protectPage(http.getRequest<Request>(), http.getResponse<Response>(), () => undefined);
    return next.handle();
  }
}
