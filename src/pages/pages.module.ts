import { Module } from '@nestjs/common';
import { ProblemPagesController } from './problem-pages.controller';

/** Pages that people read in a browser. */
@Module({ controllers: [ProblemPagesController] })
export class PagesModule {}
