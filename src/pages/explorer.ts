import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request } from 'express';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { protectPage } from '../http/output/security-headers';
import type { BEARER_TOKEN } from '../user-scope/user-scope.guard';
import { describeApi, documentUnder } from '../openapi/openapi-document';

/**
 * Less air above the routes; nothing is wider than the screen of a phone. Links have the colour of the other
 * pages (page.ts), darker than Swagger UI's: 5 to 1 against white.
 */
const STYLE = `
.swagger-ui .topbar { display: none }
.swagger-ui .info { margin: 16px 0 8px }
.swagger-ui .info .title { font-size: 28px }
.swagger-ui .info hgroup.main { margin: 0 }
.swagger-ui .info p { margin: 6px 0 }
.swagger-ui .info a { color: #2f6fb7 }
.swagger-ui .info summary { cursor: pointer }
.swagger-ui .info__license { display: none }
.swagger-ui .scheme-container { margin: 0; padding: 8px 0; box-shadow: none }
.swagger-ui .filter .operation-filter-input { margin: 4px 0; padding: 6px }
.swagger-ui .opblock-tag { margin: 0; padding: 6px 12px 6px 8px }
.swagger-ui .opblock { margin: 0 0 6px }
.swagger-ui .wrapper { padding: 0 12px }
.swagger-ui .opblock-body, .swagger-ui .responses-inner { overflow-x: auto }
.swagger-ui .documented-answers > summary { cursor: pointer; padding: 8px 20px; font-weight: 700 }
.swagger-ui .documented-answers .opblock-section-header { display: none }
`;

/**
 * Serves the document at /openapi.json and /openapi.yaml, and Swagger UI at /docs. The document is
 * built at the first request for it, because that takes some 30 ms of a start.
 */
export function serveExplorer(application: NestExpressApplication): void {
  application.use('/docs', protectPage);
  SwaggerModule.setup('docs', application, (): OpenAPIObject => describeApi(application), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    patchDocumentOnRequest: (request, _response, document) => {
      const { basePath, originalUrl } = request as Request;
      const located = documentUnder(basePath, document);
      return originalUrl.endsWith('.js') ? withFoldedDescription(located) : located;
    },
    customSiteTitle: 'Task API',
    customCss: STYLE,
    swaggerOptions: {
      validatorUrl: null,
      persistAuthorization: true,
      displayRequestDuration: true,
      filter: true,
      tryItOutEnabled: true,
      defaultModelsExpandDepth: 0,
      responseInterceptor: authorizePage,
      plugins: [foldDocumentedAnswers],
    },
  });
}

/** So that the routes stand on the first screen: what can be read later unfolds. */
function withFoldedDescription(document: OpenAPIObject): OpenAPIObject {
  const [first = '', ...rest] = (document.info.description ?? '').split('\n\n');
  const folded = `<details><summary>How it works</summary>\n\n${rest.join('\n\n')}\n\n</details>`;
  return { ...document, info: { ...document.info, description: `${first}\n\n${folded}` } };
}

type Component = (props: Readonly<Record<string, unknown>>) => unknown;

/** What `foldDocumentedAnswers` needs of Swagger UI. */
interface ExplorerSystem {
  readonly React: {
    readonly Fragment: unknown;
    readonly createElement: (
      type: unknown,
      props: object | null,
      ...children: unknown[]
    ) => unknown;
  };
  readonly getComponent: (name: 'liveResponse') => unknown;
}

/**
 * A plug-in of Swagger UI: the real answer stands right below Execute, and the documented ones, all
 * problems among them, unfold below it. It runs in the browser, sent there as text, as `authorizePage` does.
 */
function foldDocumentedAnswers(): object {
  const responses =
    (Documented: Component, { React, getComponent }: ExplorerSystem): Component =>
    (props) => {
      const { tryItOutResponse: response, ...others } = props;
      const documented = React.createElement(
        'details',
        { className: 'documented-answers' },
        React.createElement('summary', null, 'Documented answers'),
        React.createElement(Documented, others),
      );
      if (!response) return documented;
      const live = React.createElement(
        'div',
        { className: 'responses-inner' },
        React.createElement(getComponent('liveResponse'), { ...others, response }),
      );
      return React.createElement(React.Fragment, null, live, documented);
    };
  return { wrapComponents: { responses } };
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
