import { Global, Module } from '@nestjs/common';
import { FailedAuthentications, RateLimits } from './rate-limits';

@Global()
@Module({
  providers: [RateLimits, FailedAuthentications],
  exports: [RateLimits, FailedAuthentications],
})
export class RateLimitModule {}
