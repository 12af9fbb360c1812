import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DatabaseProbe } from '../database/database-probe';
import { ApiProblems } from '../problem/api-problems.decorator';
import { Public } from '../user-scope/public.decorator';
import { HealthDto } from './health.dto';

/** For load balancers and orchestrators; no token. */
@ApiTags('Health')
@Controller('health')
export class HealthController {
  constructor(private readonly database: DatabaseProbe) {}

  @Get('live')
  @Public()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'getLiveness', summary: 'Whether the process answers' })
  @ApiOkResponse({ description: 'It does.', type: HealthDto })
  getLiveness(): HealthDto {
    return { status: 'ok' };
  }

  @Get('ready')
  @Public()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Whether requests can be served',
    description: 'Asks the database, too.',
  })
  @ApiOkResponse({ description: 'They can.', type: HealthDto })
  @ApiProblems('database-unavailable')
  async getReadiness(): Promise<HealthDto> {
    await this.database.check();
    return { status: 'ok' };
  }
}
