import { Global, Module } from '@nestjs/common';
import { ProblemReports } from './problem-reports';

@Global()
@Module({ providers: [ProblemReports], exports: [ProblemReports] })
export class ErrorHandlingModule {}
