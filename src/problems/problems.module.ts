import { Global, Module } from '@nestjs/common';
import { ProblemPagesController } from './problem-pages.controller';
import { ProblemReports } from './problem-reports';

@Global()
@Module({
  controllers: [ProblemPagesController],
  providers: [ProblemReports],
  exports: [ProblemReports],
})
export class ProblemModule {}
