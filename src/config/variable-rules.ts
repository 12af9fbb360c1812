import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsUrl,
  Max,
  Min,
  ValidateBy,
  type ValidationArguments,
} from 'class-validator';
import { hostFault } from './http/listening-address';

/** Property decorators: what a variable may be. */

const DECIMAL = /^\d{1,9}$/;

export function WholeNumber(min: number, max: number): PropertyDecorator {
  const message = `must be a whole number from ${min} to ${max}`;
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value,
    ),
    IsInt({ message }),
    Min(min, { message }),
    Max(max, { message }),
  );
}

export function Switch(): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      value === 'on' ? true : value === 'off' ? false : value,
    ),
    IsBoolean({ message: 'must be on or off' }),
  );
}

export function OneOf(...values: readonly string[]): PropertyDecorator {
  return IsIn(values, { message: `must be one of ${values.join(', ')}` });
}

export function HttpUrl(): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    IsUrl(
      { protocols: ['http', 'https'], require_protocol: true, require_tld: false },
      { message: 'must be an http or https URL' },
    ),
  );
}

/** Property decorator: where to listen. */
export function Host(): PropertyDecorator {
  return ValidateBy({
    name: 'host',
    validator: {
      validate: (value: unknown) => hostFault(value) === undefined,
      defaultMessage: (validation?: ValidationArguments) => hostFault(validation?.value) ?? '',
    },
  });
}

/** Several values, separated by commas. */
export function List(message: string, isItem: (item: string) => boolean): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? value.split(',').map((item) => item.trim()) : value,
    ),
    ValidateBy(
      {
        name: 'list',
        validator: {
          validate: (value: unknown) =>
            Array.isArray(value) && value.every((item) => typeof item === 'string' && isItem(item)),
        },
      },
      { message },
    ),
  );
}

export function Text(message: string, isValid: (text: string) => boolean): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    ValidateBy(
      {
        name: 'text',
        validator: { validate: (value: unknown) => typeof value === 'string' && isValid(value) },
      },
      { message },
    ),
  );
}
