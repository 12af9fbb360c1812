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
import { applyDecorators } from '@nestjs/common';
import { BasePath } from './base-path';
import { DEFAULT_PORT, hostFault } from './listening-address';
import { Origins } from './origins';
import { type TrustedProxies, TrustsProxies } from './trusted-proxies';

const DECIMAL = /^\d{1,9}$/;

function WholeNumber(min: number, max: number): PropertyDecorator {
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

function Switch(): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      value === 'on' ? true : value === 'off' ? false : value,
    ),
    IsBoolean({ message: 'must be on or off' }),
  );
}

function OneOf(...values: readonly string[]): PropertyDecorator {
  return IsIn(values, { message: `must be one of ${values.join(', ')}` });
}

function HttpUrl(): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    IsUrl(
      { protocols: ['http', 'https'], require_protocol: true, require_tld: false },
      { message: 'must be an http or https URL' },
    ),
  );
}

/** Property decorator: where to listen. */
function Host(): PropertyDecorator {
  return ValidateBy({
    name: 'host',
    validator: {
      validate: (value: unknown) => hostFault(value) === undefined,
      defaultMessage: (validation?: ValidationArguments) => hostFault(validation?.value) ?? '',
    },
  });
}

/** Every variable that the API reads, with its default. `.env.example` lists the same ones. */
export class EnvironmentVariables {
  @WholeNumber(0, 65535)
  PORT = DEFAULT_PORT;

  @IsOptional()
  @Host()
  HOST?: string;

  @OneOf('development', 'test', 'production')
  NODE_ENV: 'development' | 'test' | 'production' = 'development';

  @IsOptional()
  DATABASE_URL?: string;

  @IsOptional()
  DATABASE_OWNER_URL?: string;

  DATA_DIR = '.data';

  @WholeNumber(1, 64)
  DATABASE_LANES = 3;

  @WholeNumber(2, 256)
  DATABASE_POOL = 8;

  @Switch()
  DATABASE_PREPARE = true;

  @OneOf('implicit', 'transaction')
  DATABASE_SCOPE: 'implicit' | 'transaction' = 'implicit';

  @IsOptional()
  AUTH_SECRET?: string;

  @IsOptional()
  AUTH_ISSUER?: string;

  @IsOptional()
  AUTH_AUDIENCE?: string;

  @HttpUrl()
  AUTH_JWKS_URL?: string;

  @Switch()
  AUTH_REQUIRE_SCOPES = false;

  @WholeNumber(0, 600)
  AUTH_CLOCK_TOLERANCE = 60;

  @Origins()
  CORS_ORIGINS: readonly string[] = [];

  @BasePath()
  BASE_PATH?: string;

  @TrustsProxies()
  TRUST_PROXY?: TrustedProxies;

  @WholeNumber(1, 3_600)
  ISOLATION_INTERVAL = 60;

  @WholeNumber(0, 100_000_000)
  RATE_LIMIT = 600;

  @WholeNumber(0, 100_000_000)
  MAX_TASKS_PER_USER = 100_000;

  @IsOptional()
  @WholeNumber(0, 65535)
  ADMIN_PORT?: number;

  @Host()
  ADMIN_HOST = '127.0.0.1';

  @WholeNumber(1, 64)
  WORKERS = 1;

  @OneOf('fatal', 'error', 'warn', 'info', 'debug')
  LOG_LEVEL: 'fatal' | 'error' | 'warn' | 'info' | 'debug' = 'info';
}

/** Variables whose value may instead be the content of the file that `NAME_FILE` names. */
export const SECRET_VARIABLES = ['DATABASE_URL', 'DATABASE_OWNER_URL', 'AUTH_SECRET'] as const;
