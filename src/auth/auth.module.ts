import { type DynamicModule, Module } from '@nestjs/common';
import type { Env } from '../config/env';
import { configuredIssuers } from './configured-issuers';
import { DevelopmentIssuer } from './development-issuer/development-issuer';
import { DevelopmentTokenController } from './development-issuer/development-token.controller';
import { RequestAuthenticator } from './request-authenticator';
import { TokenVerifier } from './tokens/token-verifier';

/**
 * Determines the sender of a request; without a configured identity it also provides the issuer of
 * tokens.
 */
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
              new TokenVerifier([issuer.trusted(requireScopes)], clockTolerance),
          },
        ],
        exports: [RequestAuthenticator, TokenVerifier, DevelopmentIssuer],
      };
    }
    const { issuers } = auth;
    return {
      module: AuthModule,
      providers: [
        RequestAuthenticator,
        {
          provide: TokenVerifier,
          useFactory: () =>
            new TokenVerifier(configuredIssuers(issuers, requireScopes), clockTolerance),
        },
      ],
      exports: [RequestAuthenticator, TokenVerifier],
    };
  }
}
