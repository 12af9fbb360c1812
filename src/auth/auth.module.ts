import { type DynamicModule, Module } from '@nestjs/common';
import type { AuthEnv, Env } from '../config/env';
import { DevelopmentIssuer } from './development-issuer/development-issuer';
import { DevelopmentTokenController } from './development-issuer/development-token.controller';
import { OpenIdKeySet } from './openid/openid-key-set';
import { RequestAuthenticator } from './request-authenticator';
import { type TokenRules, TokenVerifier } from './token-verifier';
import { fixedKey } from './verification-keys';

/** Says who sends a request; without a configured identity it also provides the issuer of tokens. */
@Module({})
export class AuthModule {
  static register({ auth, dataDir, requireScopes, clockTolerance }: Env): DynamicModule {
    if (auth.mode === 'development-issuer') {
      return {
        module: AuthModule,
        controllers: [DevelopmentTokenController],
        providers: [
          RequestAuthenticator,
          { provide: DevelopmentIssuer, useFactory: () => DevelopmentIssuer.open(dataDir) },
          {
            provide: TokenVerifier,
            inject: [DevelopmentIssuer],
            useFactory: (issuer: DevelopmentIssuer) =>
              new TokenVerifier(issuer.verificationKeys, {
                ...DevelopmentIssuer.rules,
                requireScopes,
                clockTolerance,
              }),
          },
        ],
        exports: [RequestAuthenticator, TokenVerifier, DevelopmentIssuer],
      };
    }
    const tokenVerifier = {
      provide: TokenVerifier,
      useFactory: () => verifierFor(auth, { requireScopes, clockTolerance }),
    };
    return {
      module: AuthModule,
      providers: [RequestAuthenticator, tokenVerifier],
      exports: [RequestAuthenticator, TokenVerifier],
    };
  }
}

type ConfiguredAuth = Exclude<AuthEnv, { mode: 'development-issuer' }>;

function verifierFor(
  auth: ConfiguredAuth,
  rules: Pick<TokenRules, 'requireScopes' | 'clockTolerance'>,
): TokenVerifier {
  const keys =
    auth.mode === 'shared-secret'
      ? fixedKey(new TextEncoder().encode(auth.secret))
      : new OpenIdKeySet(auth.issuer, auth.jwksUrl);
  const { issuer, audience } = auth;
  return new TokenVerifier(keys, {
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    ...rules,
  });
}
