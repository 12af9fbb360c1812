import { Controller, Get, Header } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { DatabaseProbe } from '../database/database-probe';
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
  getLiveness(): HealthDto {
    return { status: 'ok' };
  }

  @Get('ready')
  @Public()
  @Header('Cache-Control', 'no-store')
  async getReadiness(): Promise<HealthDto> {
    await this.database.check();
    return { status: 'ok' };
  }
}
