import {
  createParamDecorator,
  type ExecutionContext,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { ProblemError, type RequestFault } from '../../problems/problem-error';
import { readsBody, refuseQuery } from './query-parameters';
import { objectsWithRepeatedNames, repeatedNames, hasMoreValues } from './json-text';
import { faultInBody, type MayBeAbsent, validBody } from './request-validation';

export const JSON_MEDIA_TYPE = 'application/json';
export const MERGE_PATCH_MEDIA_TYPE = 'application/merge-patch+json';

/** Room for the largest title and description with every code point escaped. */
const BODY_LIMIT_BYTES = 128 * 1024;
/** The coding that is none. */
const IDENTITY = 'identity';
const REPEATED = 'is repeated: send it once';
const REPEATED_IN = 'has a name that is repeated: send it once';

/** The limits of a body. */
export interface BodyLimits {
  readonly bytes: number;
  readonly values: number;
}

interface BodyReader {
  readonly bytes: RequestHandler;
  /** Infinity where the limit of bytes suffices. */
  readonly mostValues: number;
  /** What is wrong with names that an object of the body has more than once. */
  readonly repeated: (text: string, body: object) => readonly RequestFault[];
}

/**
 * Parameter decorator: the JSON body as a validated DTO. The body is read here, after the guards:
 * a request that they refuse costs no parsing, and only routes that write have a parser at all.
 */
export function JsonBody<Dto extends object>(
  dto: Type<Dto>,
  { optional = false }: MayBeAbsent = {},
): ParameterDecorator {
  const toDto: PipeTransform<unknown, Dto | undefined> = {
    transform: (body) =>
      optional && body === undefined ? undefined : validBody(dto, body, { optional }),
  };
  return readsBody(readBody(FLAT, toDto));
}

/**
 * Parameter decorator, for a route without a body: one with content is refused, because a client
 * would believe that it was obeyed. Some clients always send {}.
 */
export function NoBody(): ParameterDecorator {
  return readsBody(refuseContent());
}

/**
 * Parameter decorator: the same for a body that is no flat object, and may be larger.
 * @param read turns the JSON value into the argument, or throws a ProblemError
 */
export function LargeJsonBody(
  limits: BodyLimits,
  read: (body: unknown) => unknown,
): ParameterDecorator {
  const toValue: PipeTransform = { transform: read };
  const reader: BodyReader = {
    bytes: bytesReader(limits.bytes),
    mostValues: limits.values,
    repeated: repeatedWithin,
  };
  return readsBody(readBody(reader, toValue));
}

/** Rejects and never throws, so that an error in the path, which is synchronous, comes first. */
const readBody = createParamDecorator(async (reader: BodyReader, context: ExecutionContext) => {
  const http = context.switchToHttp();
  const body = await parseBody(http.getRequest<Request>(), http.getResponse<Response>(), reader);
  refuseQuery(context);
  return body;
});

const refuseContent = createParamDecorator(async (_: unknown, context: ExecutionContext) => {
  const http = context.switchToHttp();
  const request = http.getRequest<Request>();
  if (hasBody(request) && !(await isEmptyObject(request, http.getResponse<Response>()))) {
    const faults = [{ pointer: '', detail: 'must be absent, or {}: nothing is taken from it' }];
    throw new ProblemError('validation', { faults, headers: { Connection: 'close' } });
  }
  refuseQuery(context);
});

async function isEmptyObject(request: Request, response: Response): Promise<boolean> {
  try {
    await readBytes(request, response, FLAT);
  } catch {
    return false;
  }
  return ['', '{}'].includes((request.body as Buffer).toString().trim());
}

const bytesReader = (limit: number): RequestHandler =>
  express.raw({ limit, inflate: false, type: () => true });
const FLAT: BodyReader = {
  bytes: bytesReader(BODY_LIMIT_BYTES),
  mostValues: Infinity,
  repeated: repeatedInFlat,
};
/** Strict, and drops the byte order mark that some programs write. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

async function parseBody(
  request: Request,
  response: Response,
  reader: BodyReader,
): Promise<unknown> {
  if (!hasBody(request)) return undefined;
  requireJson(request);
  await readBytes(request, response, reader);
  return parseJson(request.body as Buffer, reader);
}

/** @throws ProblemError `payload-too-large`, `malformed-json` */
async function readBytes(request: Request, response: Response, reader: BodyReader): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    void reader.bytes(request, response, (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(problemOfReader(error));
    });
  });
}

/** The length of a chunked body is known only now: an empty one is no body. */
function parseJson(bytes: Buffer, { mostValues, repeated }: BodyReader): unknown {
  if (bytes.length === 0) return undefined;
  const text = attempt(() => utf8.decode(bytes), 'is not UTF-8');
  if (mostValues < bytes.length && hasMoreValues(text, mostValues)) {
    const detail = `must have at most ${mostValues} values, at all depths together`;
    throw new ProblemError('validation', { faults: [{ pointer: '', detail }] });
  }
  const body = attempt((): unknown => JSON.parse(text), 'is not JSON');
  if (typeof body !== 'object' || body === null) return body;
  const faults = repeated(text, body);
  if (faults.length > 0) throw new ProblemError('validation', { faults });
  return body;
}

/** Nested objects are refused anyway, and may have the names of the body. */
function repeatedInFlat(text: string, body: object): readonly RequestFault[] {
  const isFlat = Object.values(body).every(
    (value) => typeof value !== 'object' || value === null || Array.isArray(value),
  );
  if (!isFlat || Array.isArray(body)) return [];
  return repeatedNames(text, body).map((name) => faultInBody(name, REPEATED));
}

function repeatedWithin(text: string): readonly RequestFault[] {
  return objectsWithRepeatedNames(text).map((pointer) => ({ pointer, detail: REPEATED_IN }));
}

function attempt<Result>(work: () => Result, detail: string): Result {
  try {
    return work();
  } catch {
    throw new ProblemError('malformed-json', { faults: [{ pointer: '', detail }] });
  }
}

function hasBody({ headers }: Request): boolean {
  return (
    headers['transfer-encoding'] !== undefined ||
    (headers['content-length'] !== undefined && Number(headers['content-length']) > 0)
  );
}

function requireJson(request: Request): void {
  const contentType = request.headers['content-type']?.toLowerCase();
  const accepted = acceptedMediaTypes(request);
  const fault = contentTypeFault(contentType, accepted);
  if (fault !== undefined) {
    const header = { PATCH: 'Accept-Patch', POST: 'Accept-Post' }[request.method] ?? 'Accept';
    throw unsupported('Content-Type', fault, { [header]: accepted.join(', ') });
  }
  const coding = request.headers['content-encoding']?.toLowerCase() ?? IDENTITY;
  if (coding !== IDENTITY) {
    // RFC 9110 §12.5.3: so that the client knows which of the two it was.
    throw unsupported('Content-Encoding', 'must be absent: bodies are taken as they are', {
      'Accept-Encoding': IDENTITY,
    });
  }
}

function contentTypeFault(
  contentType: string | undefined,
  accepted: readonly string[],
): string | undefined {
  if (contentType === undefined) return `is missing: send ${JSON_MEDIA_TYPE}`;
  const [mediaType = '', ...parameters] = contentType.split(';').map((part) => part.trim());
  if (!accepted.includes(mediaType)) return `must be ${accepted.join(' or ')}`;
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset="?utf-8"?$/.test(charset);
  return isUtf8 ? undefined : 'must have the charset utf-8, or none';
}

function acceptedMediaTypes({ method }: Request): readonly string[] {
  return method === 'PATCH' ? [MERGE_PATCH_MEDIA_TYPE, JSON_MEDIA_TYPE] : [JSON_MEDIA_TYPE];
}

function unsupported(
  header: string,
  detail: string,
  headers: Readonly<Record<string, string>>,
): ProblemError {
  return new ProblemError('unsupported-media-type', { faults: [{ header, detail }], headers });
}

/** body-parser names its errors in `type`. */
function problemOfReader(error: unknown): unknown {
  switch (error instanceof Error && 'type' in error ? error.type : undefined) {
    case 'entity.too.large':
      return new ProblemError('payload-too-large', { headers: { Connection: 'close' } });
    case 'request.aborted':
    case 'request.size.invalid':
      return new ProblemError('malformed-json');
    default:
      return error;
  }
}
