import type { INestApplication } from '@nestjs/common';
import {
  DocumentBuilder,
  type OpenAPIObject,
  type OperationObject,
  SwaggerModule,
} from '@nestjs/swagger';
import manifest from '#package.json';
import { ProblemDto } from '../problems/problem.dto';
import { BEARER_TOKEN } from '../user-scope/user-scope.guard';
import { API_DESCRIPTION, GETTING_A_TOKEN, TAGS } from './api-description';
import { isPublic, operationsOf } from './operations';
import { documentProblems } from './problem-responses';
import { RESPONSE_HEADERS, type ResponseHeader, responseHeaders } from './response-headers';

/**
 * Describes the routes of an application. The same routes always give the same document; only the
 * development issuer adds a route, its tag and a paragraph.
 */
export function describeApi(application: INestApplication): OpenAPIObject {
  const document = SwaggerModule.createDocument(application, frame(), {
    extraModels: [ProblemDto],
    autoTagControllers: false,
  });
  for (const { path, operation } of operationsOf(document)) {
    operation.security ??= [];
    operation.parameters = inOrderOfPath(path, operation.parameters ?? []);
  }
  documentProblems(document);
  documentCommonHeaders(document);
  if (document.paths['/api/dev/token'] !== undefined) {
    document.info.description = `${GETTING_A_TOKEN}\n\n${API_DESCRIPTION}`;
  }
  return inReadingOrder(document);
}

/**
 * The document as a server returns it. Clients may see the API, and the pages that its text links
 * to, below a path.
 */
export function documentUnder(basePath: string, document: OpenAPIObject): OpenAPIObject {
  const { info } = document;
  return {
    ...document,
    info: { ...info, description: (info.description ?? '').replaceAll('](/', `](${basePath}/`) },
    servers: [{ url: basePath === '' ? '/' : basePath, description: 'This server' }],
  };
}

function frame(): Omit<OpenAPIObject, 'paths'> {
  const document = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Task API')
    .setDescription(API_DESCRIPTION)
    .setVersion(manifest.version)
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    // What Postman and generated clients start from: they cannot resolve a path read from a file.
    .addServer('http://127.0.0.1:3000', 'As `npm start` serves it')
    .addSecurity(BEARER_TOKEN, {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'An access token of your identity provider, without the word `Bearer`.',
    })
    .build();
  return { ...document, components: { ...document.components, headers: RESPONSE_HEADERS } };
}

type Parameters = NonNullable<OperationObject['parameters']>;

/**
 * Generated functions take their arguments in this order: those of the path as it has them, then
 * the rest.
 */
function inOrderOfPath(path: string, parameters: Parameters): Parameters {
  const rankOf = (parameter: Parameters[number]): number =>
    'in' in parameter && parameter.in === 'path'
      ? path.indexOf(`{${parameter.name}}`)
      : path.length;
  return [...parameters].sort((a, b) => rankOf(a) - rankOf(b));
}

/** Headers of every answer: a request id, and the quota and the last change of the user. */
function documentCommonHeaders(document: OpenAPIObject): void {
  for (const { operation } of operationsOf(document)) {
    const ofUser: readonly ResponseHeader[] = isPublic(operation)
      ? []
      : ['RateLimit', 'RateLimit-Policy', 'X-Read-After'];
    addHeaders(operation.responses, ...ofUser, 'X-Request-Id');
  }
  addHeaders(document.components?.responses ?? {}, 'X-Request-Id');
}

/** References are left alone: what they refer to is elsewhere. */
function addHeaders(
  responses: OperationObject['responses'],
  ...names: readonly ResponseHeader[]
): void {
  for (const response of Object.values(responses)) {
    if (response === undefined || '$ref' in response) continue;
    response.headers = { ...response.headers, ...responseHeaders(...names) };
  }
}

/** The order for human readers: the frame first, and the paths in the order of their tags. */
function inReadingOrder(document: OpenAPIObject): OpenAPIObject {
  const { openapi, info, servers, paths, components } = document;
  const rankByTag = new Map<string, number>(TAGS.map(({ name }, rank) => [name, rank]));
  const rankByPath = new Map<string, number>();
  for (const { path, operation } of operationsOf(document)) {
    rankByPath.set(path, rankByTag.get(operation.tags?.[0] ?? '') ?? TAGS.length);
  }
  const rankOf = (path: string): number => rankByPath.get(path) ?? TAGS.length;
  const used = new Set(rankByPath.values());
  return {
    openapi,
    info,
    ...(servers !== undefined && { servers }),
    tags: TAGS.filter((_, rank) => used.has(rank)),
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => rankOf(a) - rankOf(b))),
    ...(components !== undefined && { components }),
  };
}
