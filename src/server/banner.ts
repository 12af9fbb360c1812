import { resolve } from 'node:path';
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { DevelopmentIssuer } from '../auth/development-issuer/development-issuer';
import type { Env } from '../config/env';
import { EnvironmentVariables } from '../config/environment-variables';
import type { IssuerEnv } from '../config/issuers/issuers';
import type { RunningServer } from './start-server';

const TOKEN_LIFETIME_SECONDS = 24 * 60 * 60;
const EMAIL = 'you@example.com';
const MODES = {
  'development-issuer':
    'development: this server issues the tokens, for this machine only; put no proxy before it',
  'shared-secret': 'tokens signed with AUTH_SECRET',
  'openid-provider': 'tokens of the OpenID provider',
} as const;

/**
 * What a person needs to make the first request; the last thing that the start prints.
 * @param isTerminal whether the output is a terminal; anywhere else it is kept, so it must hold no
 * token
 */
export async function banner(
  env: Env,
  server: RunningServer,
  startMs: number,
  isTerminal: boolean,
): Promise<string> {
  const { url, metricsUrl, database } = server;
  const provider = env.auth.mode === 'openid-provider' ? ` ${issuersOf(env.auth.issuers)}` : '';
  const lines = [
    heading(`Task API is ready (${(startMs / 1_000).toFixed(1)} s)`),
    '',
    `  API       ${url}/api`,
    `  Docs      ${url}/docs`,
    `  OpenAPI   ${url}/openapi.json`,
    `  Health    ${url}/health/ready`,
    ...(metricsUrl === undefined ? [] : [`  Metrics   ${metricsUrl}`]),
    `  Database  ${database}`,
    `  Mode      ${MODES[env.auth.mode]}${provider}`,
    `  Front end ${frontEnd(env)}`,
    ...(env.workers > 1
      ? [`  Workers   ${env.workers} processes that serve, led by ${process.pid}`]
      : []),
    '',
    'Try it:',
    '',
    firstRequest(url, await credential(env, isTerminal)),
    '',
  ];
  return lines.join('\n');
}

/** How to connect one. */
function frontEnd({ auth, corsOrigins }: Env): string {
  const listed = corsOrigins.join(', ');
  if (auth.mode === 'development-issuer') {
    const others = listed === '' ? '' : `; so may those of ${listed}`;
    return `pages of localhost, at any port, may call the API; POST /api/dev/token signs them in${others}`;
  }
  return listed === ''
    ? 'set CORS_ORIGINS to the origins of its pages, or put it behind the same proxy'
    : `pages of ${listed} may call the API`;
}

function issuersOf(issuers: readonly IssuerEnv[]): string {
  return issuers.map(({ issuer }) => issuer).join(', ');
}

function firstRequest(url: string, token: string): string {
  return (
    `curl -X POST ${url}/api/me/tasks -H "Authorization: Bearer ${token}"` +
    ` -H 'Content-Type: application/json' -d '{"title":"Try the Task API"}'`
  );
}

/** A token, or how to get one, for a shell to read within double quotes. */
async function credential({ auth, dataDir }: Env, isTerminal: boolean): Promise<string> {
  if (auth.mode !== 'development-issuer') return '<your token>';
  if (!isTerminal) return `$(${ofDataDir(dataDir)}npm run --silent cli -- token --email ${EMAIL})`;
  const { token } = await DevelopmentIssuer.open(dataDir).issue({
    email: EMAIL,
    lifetimeSeconds: TOKEN_LIFETIME_SECONDS,
  });
  return token;
}

/** The shell that sends the request has perhaps not been given the directory whose key signs. */
function ofDataDir(dataDir: string): string {
  const isDefault = dataDir === new EnvironmentVariables().DATA_DIR;
  return isDefault ? '' : `DATA_DIR='${resolve(dataDir).replaceAll("'", "'\\''")}' `;
}

/** `hasColors` exists on terminals only, and respects NO_COLOR. */
function heading(text: string): string {
  const { stdout } = process as { stdout: Partial<WriteStream> };
  return stdout.isTTY === true && stdout.hasColors?.() === true ? styleText('bold', text) : text;
}
