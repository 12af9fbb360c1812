import type { NestExpressApplication } from '@nestjs/platform-express';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { NextFunction, Request, Response } from 'express';
import type { BEARER_TOKEN } from '../user-scope/requires-scope.decorator';
import { describeApi } from './openapi-document';

/**
 * The page may load from its own origin alone, and nothing may frame it: it keeps a token. No
 * upgrade-insecure-requests, which leaves the page blank on http://192.168.….
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // Swagger UI styles its elements in place.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Serves the document at /openapi.json and /openapi.yaml, and Swagger UI at /docs. The document is
 * built at the first request for it: that takes some 30 ms, which a start would rather not wait for.
 */
export function serveExplorer(application: NestExpressApplication): void {
  application.use('/docs', protectPage);
  SwaggerModule.setup('docs', application, (): OpenAPIObject => describeApi(application), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Task API',
    customCss: '.swagger-ui .topbar { display: none }',
    swaggerOptions: {
      validatorUrl: null,
      persistAuthorization: true,
      displayRequestDuration: true,
      filter: true,
      tryItOutEnabled: true,
      defaultModelsExpandDepth: 0,
      responseInterceptor: authorizePage,
    },
  });
}

function protectPage(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  next();
}

/** What `authorizePage` needs of Swagger UI. */
interface ExplorerWindow {
  readonly ui: {
    preauthorizeApiKey(scheme: typeof BEARER_TOKEN, token: string): void;
    readonly authActions: { persistAuthorizationIfNeeded(): void };
  };
}

/**
 * Authorizes the page with the token that the development issuer has just given. It runs in the
 * browser, sent there as text: it may refer to nothing outside of itself.
 */
function authorizePage<Answer extends { url: string; ok: boolean; body: { access_token: string } }>(
  answer: Answer,
): Answer {
  if (answer.ok && answer.url.endsWith('/api/dev/token')) {
    const { ui } = globalThis as unknown as ExplorerWindow;
    ui.preauthorizeApiKey('bearer_token', answer.body.access_token);
    ui.authActions.persistAuthorizationIfNeeded();
  }
  return answer;
}
