import { isUtf8 } from 'node:buffer';
import {
  createParamDecorator,
  type ExecutionContext,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import express, { type Request, type Response } from 'express';
import { ProblemError } from '../problem/problem-error';
import { validBody } from './request-validation';

const JSON_MEDIA_TYPE = 'application/json';
export const MERGE_PATCH_MEDIA_TYPE = 'application/merge-patch+json';

/** A title and a description of the largest size, every code point escaped, fit in. */
const BODY_LIMIT_BYTES = 128 * 1024;

interface JsonBodyOptions {
  /** Whether a request without any body is fine; the handler then gets `undefined`. */
  readonly optional?: boolean;
}

/**
 * Parameter decorator: the JSON body as a validated DTO. The body is read here, after the guards:
 * a request that they refuse costs no parsing, and only routes that write have a parser at all.
 */
export function JsonBody<Dto extends object>(
  dto: Type<Dto>,
  { optional = false }: JsonBodyOptions = {},
): ParameterDecorator {
  const toDto: PipeTransform<unknown, Dto | undefined> = {
    transform: (body) => (optional && body === undefined ? undefined : validBody(dto, body)),
  };
  return readBody(toDto);
}

/** Rejects and never throws: a fault in the path, which Nest learns at once, then comes first. */
const readBody = createParamDecorator(async (_: unknown, context: ExecutionContext) => {
  const http = context.switchToHttp();
  return await parseBody(http.getRequest<Request>(), http.getResponse<Response>());
});

const parseJson = express.json({
  limit: BODY_LIMIT_BYTES,
  strict: false,
  inflate: false,
  type: () => true,
  verify: (_request, _response, bytes) => {
    if (!isUtf8(bytes)) throw new ProblemError('malformed-json');
  },
});

function parseBody(request: Request, response: Response): Promise<unknown> | undefined {
  if (!hasBody(request)) return undefined;
  requireJson(request);
  return new Promise((resolve, reject) => {
    parseJson(request, response, (error?: unknown) => {
      if (error === undefined) resolve(request.body);
      else reject(problemOfParser(error, request));
    });
  });
}

function hasBody({ headers }: Request): boolean {
  return (
    headers['transfer-encoding'] !== undefined ||
    (headers['content-length'] !== undefined && Number(headers['content-length']) > 0)
  );
}

function requireJson(request: Request): void {
  const [mediaType = '', ...parameters] = (request.headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const accepted = acceptedMediaTypes(request);
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  const utf8 = charset === undefined || /^charset="?utf-8"?$/.test(charset);
  if (!accepted.includes(mediaType) || !utf8) throw unsupportedMediaType(request);
}

function acceptedMediaTypes({ method }: Request): readonly string[] {
  return method === 'PATCH' ? [MERGE_PATCH_MEDIA_TYPE, JSON_MEDIA_TYPE] : [JSON_MEDIA_TYPE];
}

function unsupportedMediaType(request: Request): ProblemError {
  const header = { PATCH: 'Accept-Patch', POST: 'Accept-Post' }[request.method] ?? 'Accept';
  return new ProblemError('unsupported-media-type', {
    headers: { [header]: acceptedMediaTypes(request).join(', ') },
  });
}

/** body-parser names its faults in `type`. */
function problemOfParser(error: unknown, request: Request): unknown {
  if (error instanceof ProblemError || !(error instanceof Error)) return error;
  switch ('type' in error ? error.type : undefined) {
    case 'entity.too.large':
      return new ProblemError('payload-too-large', { headers: { Connection: 'close' } });
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return unsupportedMediaType(request);
    case 'entity.parse.failed':
    case 'request.aborted':
    case 'request.size.invalid':
      return new ProblemError('malformed-json');
    case 'entity.verify.failed':
      return new ProblemError('malformed-json');
    default:
      return error;
  }
}
