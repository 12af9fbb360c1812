import { Transform } from 'class-transformer';
import { IsOptional } from 'class-validator';
import { BasePath } from './http/base-path';
import { DEFAULT_PORT } from './http/listening-address';
import { HeaderNames, Origins } from './http/origins';
import { replicaUrlsOf } from './database/replica-urls';
import { type TrustedProxies, TrustsProxies } from './http/trusted-proxies';
import { Host, OneOf, Switch, WholeNumber } from './variable-rules';

/** What the API reads besides its issuers (issuer-variables.ts). `.env.example` lists all of it. */
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

  @Transform(({ value }: { value: unknown }) => replicaUrlsOf(value))
  DATABASE_REPLICA_URLS: readonly string[] = [];

  DATA_DIR = '.data';

  @IsOptional()
  @WholeNumber(0, 64)
  DATABASE_LANES?: number;

  @WholeNumber(2, 256)
  DATABASE_POOL = 8;

  @Switch()
  DATABASE_PREPARE = true;

  @WholeNumber(0, 60)
  DATABASE_WAKE_TIMEOUT = 5;

  @OneOf('implicit', 'transaction')
  DATABASE_SCOPE: 'implicit' | 'transaction' = 'implicit';

  @Switch()
  AUTH_REQUIRE_SCOPES = false;

  @WholeNumber(0, 600)
  AUTH_CLOCK_TOLERANCE = 60;

  @Origins()
  CORS_ORIGINS: readonly string[] = [];

  @HeaderNames()
  CORS_HEADERS: readonly string[] = [];

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

  @WholeNumber(0, 3_650)
  TRASH_DAYS = 30;

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
