import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { DevelopmentIssuer } from './auth/development-issuer';
import type { Env } from './config/env';
import type { RunningServer } from './server';

const TOKEN_LIFETIME_SECONDS = 24 * 60 * 60;
const MODES = {
  'development-issuer': 'development: this server issues the tokens, for this machine only',
  'shared-secret': 'tokens signed with AUTH_SECRET',
  'openid-provider': 'tokens of the OpenID provider',
} as const;

/** What a person needs to make the first request; the last thing that the start prints. */
export async function banner(env: Env, server: RunningServer, startMs: number): Promise<string> {
  const { url, metricsUrl, database } = server;
  const provider = env.auth.mode === 'openid-provider' ? ` ${env.auth.issuer}` : '';
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
    ...(env.workers > 1
      ? [`  Workers   ${env.workers} processes that serve, led by ${process.pid}`]
      : []),
    '',
    'Try it:',
    '',
    await firstRequest(env, url),
    '',
  ];
  return lines.join('\n');
}

async function firstRequest({ auth, dataDir }: Env, url: string): Promise<string> {
  const token =
    auth.mode === 'development-issuer' ? await developmentToken(dataDir) : '<your token>';
  return (
    `curl -X POST ${url}/api/me/tasks -H 'Authorization: Bearer ${token}'` +
    ` -H 'Content-Type: application/json' -d '{"title":"Try the Task API"}'`
  );
}

async function developmentToken(dataDir: string): Promise<string> {
  const { token } = await DevelopmentIssuer.open(dataDir).issue({
    email: 'you@example.com',
    lifetimeSeconds: TOKEN_LIFETIME_SECONDS,
  });
  return token;
}

/** `hasColors` is there on terminals alone, and respects NO_COLOR. */
function heading(text: string): string {
  const { stdout } = process as { stdout: Partial<WriteStream> };
  return stdout.isTTY === true && stdout.hasColors?.() === true ? styleText('bold', text) : text;
}
