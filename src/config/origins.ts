import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { ValidateBy, type ValidationArguments } from 'class-validator';

/** Scheme, host and port, nothing behind. Apps in web views have schemes of their own. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[a-z\d.:[\]-]+$/;
const FORM = 'must be origins such as https://app.example.com, separated by commas';

/** Property decorator: origins to the letter as browsers send them, for any other never matches. */
export function Origins(): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? value.split(',').map((origin) => origin.trim()) : value,
    ),
    ValidateBy({
      name: 'origins',
      validator: {
        validate: (value: unknown) => originsFault(value) === undefined,
        defaultMessage: (validation?: ValidationArguments) =>
          originsFault(validation?.value) ?? FORM,
      },
    }),
  );
}

function originsFault(value: unknown): string | undefined {
  if (!Array.isArray(value)) return FORM;
  for (const origin of value as readonly string[]) {
    const sent = asBrowsersSend(origin);
    if (sent === undefined) return FORM;
    if (sent !== origin) return `must be as browsers send them: ${sent}`;
  }
  return undefined;
}

/** They write web origins in one form: in lower case, without a path or the port of the scheme. */
function asBrowsersSend(origin: string): string | undefined {
  if (/^https?:\/\//i.test(origin) && URL.canParse(origin)) return new URL(origin).origin;
  return ORIGIN.test(origin) && !/^https?:/.test(origin) ? origin : undefined;
}
