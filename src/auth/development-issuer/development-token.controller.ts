import { Controller, Header, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { JsonBody } from '../../http/input/json-body';
import { ApiProblems } from '../../problems/problem.dto';
import { Public } from '../public.decorator';
import { DevelopmentIssuer } from './development-issuer';
import { DevelopmentTokenRequest, DevelopmentTokenResponse } from './development-token.dto';
import { LocalCallerGuard } from './local-caller.guard';

const ONE_DAY_SECONDS = 86_400;

/** Part of the application only while it is its own development issuer (auth.module.ts). */
@ApiTags('Development')
@Controller('api/dev')
@UseGuards(LocalCallerGuard)
export class DevelopmentTokenController {
  constructor(private readonly issuer: DevelopmentIssuer) {}

  @Post('token')
  @Public()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'createDevelopmentToken',
    summary: 'Get a token for trying the API',
    description:
      'Only while no identity is configured, and only for programs and pages of the same machine. In the explorer, its answer also authorizes the page.',
  })
  @ApiBody({ type: DevelopmentTokenRequest })
  @ApiOkResponse({
    description: 'A token that is valid for a day.',
    type: DevelopmentTokenResponse,
    example: {
      access_token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiI…',
      token_type: 'Bearer',
      expires_in: ONE_DAY_SECONDS,
      user_id: '0c1d2e3f-4a5b-5c6d-8e7f-8091a2b3c4d5',
    },
  })
  @ApiProblems('development-issuer-local-only')
  async createDevelopmentToken(
    @JsonBody(DevelopmentTokenRequest) { email }: DevelopmentTokenRequest,
  ): Promise<DevelopmentTokenResponse> {
    const issued = await this.issuer.issue({ email, lifetimeSeconds: ONE_DAY_SECONDS });
    return {
      access_token: issued.token,
      token_type: 'Bearer',
      expires_in: issued.lifetimeSeconds,
      user_id: issued.userId,
    };
  }
}
