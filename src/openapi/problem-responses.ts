import type {
  ExampleObject,
  OpenAPIObject,
  OperationObject,
  ResponseObject,
} from '@nestjs/swagger';
import { PROBLEMS_OF_OPERATION } from '../problems/problem.dto';
import { PROBLEM_MEDIA_TYPE, problemDocument } from '../problems/problem-document';
import type { RequestFault } from '../problems/problem-error';
import { PROBLEM_TYPES, type ProblemCode } from '../problems/problem-types';
import { isPublic, operationsOf } from './operations';
import { type ResponseHeader, responseHeaders } from './response-headers';

/** Problems before any operation: of HTTP itself, or because there is no operation. */
export const PROBLEMS_BEFORE_OPERATIONS: readonly ProblemCode[] = [
  'malformed-request',
  'malformed-uri',
  'route-not-found',
  'method-not-allowed',
  'request-timeout',
  'expectation-failed',
];

const OF_ANY_REQUEST: readonly ProblemCode[] = ['header-fields-too-large', 'internal-error'];
const OF_TOKENS: readonly ProblemCode[] = ['unauthenticated', 'invalid-token', 'token-expired'];
const OF_AVAILABILITY: readonly ProblemCode[] = [
  'database-unavailable',
  'isolation-lost',
  'query-timeout',
  'busy',
  'identity-provider-unavailable',
  'signing-key-unknown',
  'overloaded',
];
const OF_ACCESS: readonly ProblemCode[] = [
  ...OF_TOKENS,
  ...OF_AVAILABILITY,
  'insufficient-scope',
  'quota-exceeded',
  // Parameters that are not known, or malformed.
  'validation',
];
const OF_BODIES: readonly ProblemCode[] = [
  'malformed-json',
  'validation',
  'payload-too-large',
  'unsupported-media-type',
];

/**
 * Responses of several problems. Their names become types and files in generated clients, so a new
 * combination needs a short name here: a test fails where there is none.
 */
const RESPONSE_NAMES: ReadonlyMap<string, string> = new Map([
  [OF_TOKENS.join(), 'NoValidToken'],
  [OF_AVAILABILITY.join(), 'Unavailable'],
  ['database-unavailable,database-behind,isolation-lost,shutting-down', 'NotReady'],
  [[...OF_AVAILABILITY, 'shutting-down'].join(), 'UnavailableStream'],
  ['quota-exceeded,too-many-streams', 'TooMany'],
  ['forbidden,insufficient-scope', 'AccessDenied'],
  ['validation,invalid-cursor', 'InvalidList'],
  ['malformed-json,validation', 'InvalidBody'],
  ['malformed-json,validation,idempotency-key-invalid', 'InvalidWrite'],
  ['validation,idempotency-key-invalid', 'InvalidKey'],
  ['parent-invalid,idempotency-key-reused', 'Unprocessable'],
  ['idempotency-keys-exhausted,quota-exceeded', 'TooManyRequests'],
]);

const HEADERS_BY_STATUS: Readonly<Record<string, readonly ResponseHeader[]>> = {
  401: ['WWW-Authenticate'],
  403: ['WWW-Authenticate'],
  412: ['ETag'],
  415: ['Accept', 'Accept-Encoding', 'Accept-Patch', 'Accept-Post'],
  429: ['RateLimit', 'RateLimit-Policy', 'Retry-After'],
  503: ['Retry-After'],
};

const EXAMPLE_REQUEST_ID = '3b0a3c0e-6f0b-4d53-9a35-0c1f6a7a8d11';
const EXAMPLE_FAULTS: Readonly<Partial<Record<ProblemCode, readonly RequestFault[]>>> = {
  validation: [{ pointer: '/title', detail: 'must not be blank' }],
  'parent-invalid': [{ pointer: '/parent_id', detail: 'must not be the task itself' }],
};

/**
 * Documents the problems of every operation: those that it names with `@ApiProblems`, and those
 * that follow from its form. Equal responses are one component.
 */
export function documentProblems(document: OpenAPIObject): void {
  const responses: Record<string, ResponseObject> = {};
  const examples: Record<string, ExampleObject> = {};
  for (const { path, operation } of operationsOf(document)) {
    const codes = new Set([...problemsOfForm(path, operation), ...namedProblems(operation)]);
    for (const [status, ofStatus] of byStatus(codes)) {
      const name = responseName(ofStatus);
      operation.responses[status] = { $ref: `#/components/responses/${name}` };
      responses[name] = problemResponse(status, ofStatus);
      for (const code of ofStatus) examples[code] = problemExample(code);
    }
  }
  document.components = { ...document.components, responses, examples };
}

/** Problems of any operation of this form, whatever it does. */
function problemsOfForm(path: string, operation: OperationObject): readonly ProblemCode[] {
  const codes = [...OF_ANY_REQUEST];
  if (!isPublic(operation)) codes.push(...OF_ACCESS);
  if (path.includes('{user_id}')) codes.push('forbidden');
  if (operation.requestBody !== undefined) codes.push(...OF_BODIES);
  return codes;
}

/** Removes the codes that the decorator stored on the operation. */
function namedProblems(operation: OperationObject): readonly ProblemCode[] {
  const waiting = operation as { [PROBLEMS_OF_OPERATION]?: readonly ProblemCode[] };
  const codes = waiting[PROBLEMS_OF_OPERATION] ?? [];
  Reflect.deleteProperty(waiting, PROBLEMS_OF_OPERATION);
  return codes;
}

/** In the order of the table of problem types, which goes by status. */
function byStatus(codes: ReadonlySet<ProblemCode>): ReadonlyMap<string, readonly ProblemCode[]> {
  const grouped = new Map<string, ProblemCode[]>();
  for (const code of (Object.keys(PROBLEM_TYPES) as ProblemCode[]).filter((c) => codes.has(c))) {
    const status = String(PROBLEM_TYPES[code].status);
    grouped.set(status, [...(grouped.get(status) ?? []), code]);
  }
  return grouped;
}

function responseName(codes: readonly ProblemCode[]): string {
  return RESPONSE_NAMES.get(codes.join()) ?? codes.map(pascalCase).join('Or');
}

function pascalCase(code: string): string {
  return code.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function problemResponse(status: string, codes: readonly ProblemCode[]): ResponseObject {
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEM_TYPES[code].title}.`).join('\n\n'),
    headers: responseHeaders(...(HEADERS_BY_STATUS[status] ?? [])),
    content: {
      [PROBLEM_MEDIA_TYPE]: {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(
          codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]),
        ),
      },
    },
  };
}

function problemExample(code: ProblemCode): ExampleObject {
  const faults = EXAMPLE_FAULTS[code] ?? [];
  return {
    summary: PROBLEM_TYPES[code].title,
    value: problemDocument({ code, faults }, EXAMPLE_REQUEST_ID),
  };
}
