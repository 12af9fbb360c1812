import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../problems/problem.dto';
import { IgnoresQuery } from '../http/input/query-parameters';
import { Public } from '../auth/public.decorator';
import { HealthDto } from './health.dto';
import { Readiness } from './readiness';

/** For load balancers and orchestrators, without a token. */
@ApiTags('Health')
@Controller('health')
@IgnoresQuery()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @Public()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'getLiveness',
    summary: 'Whether the process answers',
    description: 'Checks nothing else. If there is no answer, restart the process.',
  })
  @ApiOkResponse({ description: 'It does.', type: HealthDto })
  getLiveness(): HealthDto {
    return { status: 'ok' };
  }

  @Get('ready')
  @Public()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Whether requests should be sent here',
    description:
      'Fails while the database does not answer, lacks a migration or does not isolate users, and once the server is shutting down. The server asks the database at most once a second, and not at all while nobody uses the API.',
  })
  @ApiOkResponse({ description: 'They should.', type: HealthDto })
  @ApiProblems('database-unavailable', 'database-behind', 'isolation-lost', 'shutting-down')
  async getReadiness(): Promise<HealthDto> {
    const refusal = await this.readiness.refusal();
    if (refusal !== undefined) throw refusal;
    return { status: 'ok' };
  }
}
