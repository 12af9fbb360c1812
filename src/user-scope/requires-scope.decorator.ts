import { type CustomDecorator, SetMetadata } from '@nestjs/common';
import type { Scope } from '../auth/identity';

export const REQUIRED_SCOPE = Symbol('required scope');

/** Names the OAuth scope of a route; it binds tokens that name any of this API's scopes. */
export const RequiresScope = (scope: Scope): CustomDecorator<symbol> =>
  SetMetadata(REQUIRED_SCOPE, scope);
