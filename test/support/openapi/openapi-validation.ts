import type { HeaderObject, OpenAPIObject, OperationObject, ResponseObject } from '@nestjs/swagger';
import addFormats from 'ajv-formats';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020';
import { type DocumentedOperation, operationsOf } from '../../../src/openapi/operations';
import { PROBLEMS_BEFORE_OPERATIONS } from '../../../src/openapi/problem-responses';
import { PROBLEM_MEDIA_TYPE } from '../../../src/problems/problem-document';
import { TIME } from '../http/answers';

/** An answer as it came over the wire. */
export interface ObservedAnswer {
  readonly method: string;
  /** As requested, with its query. */
  readonly path: string;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Absent in answers to HEAD. */
  readonly text: string | undefined;
}

/** Schemas are compiled one by one, so their references name the document. */
const LINES_MEDIA_TYPE = 'application/jsonl';
const DOCUMENT = 'openapi.json';
const PROBLEM = { $ref: `${DOCUMENT}#/components/schemas/Problem` };

/** Compares answers, and values, with an OpenAPI 3.1 document. */
export class DocumentedApi {
  readonly #document: OpenAPIObject;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });

  constructor(document: OpenAPIObject) {
    this.#document = closed(document);
    addFormats(this.#ajv);
    this.#ajv.addSchema(this.#document, DOCUMENT);
  }

  get operations(): readonly DocumentedOperation[] {
    return operationsOf(this.#document);
  }

  /**
   * Paths that the document does not have are nobody's business here, and OPTIONS is not.
   * @throws Error naming everything in the answer that the document does not tell.
   */
  check(answer: ObservedAnswer): void {
    const faults = this.#faultsOf(answer);
    if (faults.length === 0) return;
    const { method, path, status, text = '' } = answer;
    throw new Error(
      `${method} ${path} gave ${status}, which is not as documented:\n` +
        `${faults.map((fault) => `  ${fault}`).join('\n')}\n${text.slice(0, 500)}`,
    );
  }

  /** What is wrong with a value by a schema of the document, in words. */
  faultsOfValue(schema: AnySchemaObject, value: unknown): readonly string[] {
    const validate = this.#ajv.compile(schema);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
    );
  }

  /** Follows a reference into the document. */
  resolve<Part extends object>(part: Part | { readonly $ref: string }): Part {
    if (!('$ref' in part)) return part;
    const steps = part.$ref.slice(`${DOCUMENT}#/`.length).split('/');
    return steps.reduce<unknown>(
      (node, step) => (node as Record<string, unknown>)[step],
      this.#document,
    ) as Part;
  }

  #faultsOf(answer: ObservedAnswer): readonly string[] {
    const method = answer.method.toLowerCase();
    const ofPath = this.#operationsAt(answer.path);
    if (ofPath.size === 0 || method === 'options') return [];
    const operation = ofPath.get(method === 'head' ? 'get' : method);
    if (operation === undefined || precedesOperations(answer)) {
      return this.#faultsOfContent({ [PROBLEM_MEDIA_TYPE]: { schema: PROBLEM } }, answer);
    }
    const documented = operation.responses[answer.status];
    if (documented === undefined) return ['the status is not documented'];
    const response = this.resolve<ResponseObject>(documented);
    return [
      ...this.#faultsOfHeaders(response.headers ?? {}, answer),
      ...this.#faultsOfContent(response.content, answer),
    ];
  }

  /** By method. Where two paths fit, the one with the earlier literal does, as in the router. */
  #operationsAt(path: string): ReadonlyMap<string, OperationObject> {
    const { pathname } = new URL(path, 'http://localhost');
    const fitting = this.operations.filter(({ path: template }) =>
      new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
    );
    const [best] = fitting.map((operation) => operation.path).sort(literalsFirst);
    return new Map(
      fitting.filter((o) => o.path === best).map(({ method, operation }) => [method, operation]),
    );
  }

  #faultsOfHeaders(
    documented: NonNullable<ResponseObject['headers']>,
    { headers }: ObservedAnswer,
  ): readonly string[] {
    return Object.entries(documented).flatMap(([name, part]) => {
      const { required = false, schema = {} } = this.resolve<HeaderObject>(part);
      const value = headers[name.toLowerCase()];
      if (value === undefined) return required ? [`the header ${name} is missing`] : [];
      const isNumber = 'type' in schema && schema.type === 'integer';
      const faults = this.faultsOfValue(schema, isNumber ? Number(value) : value);
      return faults.map((fault) => `the header ${name}:${fault}`);
    });
  }

  #faultsOfContent(content: ResponseObject['content'], answer: ObservedAnswer): readonly string[] {
    if (answer.method.toLowerCase() === 'head') return [];
    if (answer.text === undefined || answer.text === '') {
      const isWished = answer.headers['preference-applied']?.includes('return=minimal') ?? false;
      const mayBeEmpty = content === undefined || LINES_MEDIA_TYPE in content;
      return mayBeEmpty || isWished ? [] : ['there is no body'];
    }
    const mediaType = answer.headers['content-type']?.split(';')[0] ?? '';
    const { schema, examples } = content?.[mediaType] ?? {};
    if (schema === undefined) return [`a body of the type "${mediaType}" is not documented`];
    const isJson = /[/+]json$/.test(mediaType);
    const body: unknown = isJson ? JSON.parse(answer.text) : answer.text;
    const code = mediaType === PROBLEM_MEDIA_TYPE ? codeOf(answer) : undefined;
    const isCode = code === undefined || examples === undefined || code in examples;
    return [
      ...(isCode ? [] : [`the problem ${code} is not documented`]),
      ...this.faultsOfValue(schema, body),
    ];
  }
}

/**
 * Clients must bear new properties in answers, and any form of a time; the API must not have a property
 * that it does not tell, and writes all its times alike.
 */
function closed(document: OpenAPIObject): OpenAPIObject {
  const text = JSON.stringify(document).replaceAll('"#/components/', `"${DOCUMENT}#/components/`);
  const copy = JSON.parse(text) as OpenAPIObject;
  for (const schema of Object.values(copy.components?.schemas ?? {})) {
    if (!('properties' in schema) || schema.additionalProperties === false) continue;
    schema.additionalProperties = false;
    for (const property of Object.values(schema.properties ?? {})) {
      if ('format' in property && property.format === 'date-time') property.pattern = TIME.source;
    }
  }
  return copy;
}

function precedesOperations(answer: ObservedAnswer): boolean {
  return PROBLEMS_BEFORE_OPERATIONS.some((code) => code === codeOf(answer));
}

function codeOf({ headers, text = '' }: ObservedAnswer): string | undefined {
  if (headers['content-type'] !== PROBLEM_MEDIA_TYPE || text === '') return undefined;
  return (JSON.parse(text) as { code?: string }).code;
}

function literalsFirst(a: string, b: string): number {
  return a.replaceAll('{', '~') < b.replaceAll('{', '~') ? -1 : 1;
}
