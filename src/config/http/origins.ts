import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { ValidateBy, type ValidationArguments } from 'class-validator';

/** Scheme, host and port, nothing behind. Apps in web views have schemes of their own. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[a-z\d.:[\]-]+$/;
/** Scheme, first label with its one `*`, and the domain behind it. */
const WILDCARD = /^https?:\/\/[^*./:@]*\*[^*./:@]*\.(?<domain>[^*]+)$/i;
const WILDCARD_FORM =
  'may have one * alone, in the first name of a host: https://tasks-*-team.example.com';
const EMPTY_PLACE = 'is empty: there is a comma too many';
/** An origin, or what may have been meant as one. */
const SHOWN =
  /^(?:[a-z][a-z\d+.-]*:\/\/[^\s@]{0,80}|[\w*-]{1,40}(?:\.[\w*-]{1,40}){1,4}|localhost(?::\d+)?|null|\*)$/i;
/** What a `*` stands for: a part of one label. */
const PART_OF_LABEL = '[a-z0-9-]+';
/** RFC 9110 §5.6.2. */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/** Property decorator: origins to the letter as browsers send them, for any other never matches. */
export function Origins(): PropertyDecorator {
  return listOf('origins', originReason);
}

/** Property decorator: names of request headers. */
export function HeaderNames(): PropertyDecorator {
  return listOf('headerNames', headerReason);
}

/** Values separated by commas; each that is refused is named with the reason. */
function listOf(
  name: string,
  reasonAgainst: (value: string) => string | undefined,
): PropertyDecorator {
  const faultsOf = (values: unknown): readonly string[] =>
    (values as readonly string[]).flatMap((value, index) => {
      const reason = value === '' ? EMPTY_PLACE : reasonAgainst(value);
      return reason === undefined ? [] : `${named(value, index)} ${reason}`;
    });
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value,
    ),
    ValidateBy({
      name,
      validator: {
        validate: (values: unknown) => faultsOf(values).length === 0,
        defaultMessage: (validation?: ValidationArguments) =>
          faultsOf(validation?.value).join('; and '),
      },
    }),
  );
}

/** By its place, where it may be a secret that has come into the wrong variable. */
function named(value: string, index: number): string {
  return SHOWN.test(value) ? value : `value ${index + 1}`;
}

function originReason(origin: string): string | undefined {
  if (origin.includes('@')) return 'has a user or password, which no origin has';
  if (origin === '*') return 'would let every page in; name the origins';
  if (origin === 'null') return 'is what files and sandboxed frames of anybody send';
  if (/\s/.test(origin)) return 'has a blank; origins are separated by commas';
  if (!origin.includes('://')) return 'has no scheme, such as https://';
  if (origin.includes('*')) return wildcardReason(origin);
  const sent = asBrowsersSend(origin);
  if (sent === undefined) return 'is no origin, such as https://app.example.com';
  return sent === origin ? undefined : `browsers send it as ${sent}`;
}

function wildcardReason(origin: string): string | undefined {
  if (!WILDCARD.test(origin)) return WILDCARD_FORM;
  const example = origin.replace('*', 'x');
  const sent = asBrowsersSend(example);
  if (sent === undefined) return WILDCARD_FORM;
  if (sent === example) return undefined;
  const [scheme = '', host = ''] = sent.split('://');
  const label = /^[^.]*/.exec(origin.slice(origin.indexOf('://') + 3))?.[0].toLowerCase() ?? '*';
  return `browsers send such origins as ${scheme}://${label}${host.slice(host.indexOf('.'))}`;
}

function headerReason(name: string): string | undefined {
  if (name === '*') return 'is not taken for Authorization by browsers; name the headers';
  return HEADER_NAME.test(name) ? undefined : 'is no name of a header';
}

/** They write web origins in one form: in lower case, without a path or the port of the scheme. */
function asBrowsersSend(origin: string): string | undefined {
  if (/^https?:\/\//i.test(origin) && URL.canParse(origin)) return new URL(origin).origin;
  return ORIGIN.test(origin) && !/^https?:/.test(origin) ? origin : undefined;
}

/** What a listed origin lets in: itself, or all that its `*` stands for. */
export function originMatcher(origin: string): string | RegExp {
  if (!origin.includes('*')) return origin;
  const parts = origin.split('*').map((part) => part.replaceAll(/[.[\]]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(PART_OF_LABEL)}$`);
}
