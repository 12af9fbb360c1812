import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request } from 'express';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { protectPage } from '../http/output/security-headers';
import type { BEARER_TOKEN } from '../user-scope/requires-scope.decorator';
import { describeApi, documentUnder } from '../openapi/openapi-document';

/**
 * Serves the document at /openapi.json and /openapi.yaml, and Swagger UI at /docs. The document is
 * built at the first request for it, because that takes some 30 ms of a start.
 */
export function serveExplorer(application: NestExpressApplication): void {
  application.use('/docs', protectPage);
  SwaggerModule.setup('docs', application, (): OpenAPIObject => describeApi(application), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    patchDocumentOnRequest: (request, _response, document) =>
      documentUnder((request as Request).basePath, document),
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
