import { Module } from '@nestjs/common';
import { HomeController } from './home.controller';
import { ProblemPagesController } from './problem-pages.controller';

/** Pages that people read in a browser. */
@Module({ controllers: [HomeController, ProblemPagesController] })
export class PagesModule {}
