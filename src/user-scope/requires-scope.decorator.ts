import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension, ApiSecurity } from '@nestjs/swagger';
import type { Scope } from '../config/issuers/scopes';

export const REQUIRED_SCOPE = Symbol('required scope');

/** Name of the security scheme in the OpenAPI document. */
export const BEARER_TOKEN = 'bearer_token';

/**
 * Names the OAuth scope of a route; it binds tokens that name any of this API's scopes. The OpenAPI
 * document has it as `x-required-scope`: many readers of a document know scopes of OAuth schemes alone.
 */
export const RequiresScope = (scope: Scope): MethodDecorator =>
  applyDecorators(
    SetMetadata(REQUIRED_SCOPE, scope),
    ApiSecurity(BEARER_TOKEN),
    ApiExtension('x-required-scope', scope),
  );
