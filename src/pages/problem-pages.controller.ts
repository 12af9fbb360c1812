import { Controller, Get, Header, Param, UseInterceptors } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { IgnoresQuery } from '../http/input/query-parameters';
import { ProtectedPage } from '../http/output/security-headers';
import { Public } from '../auth/public.decorator';
import { ProblemError } from '../problems/problem-error';
import { PROBLEM_TYPES, type ProblemType } from '../problems/problem-types';
import { htmlPage } from './page';

const HTML = 'text/html; charset=utf-8';

/** The pages behind the `type` of every problem: what it means, and what to do about it. */
@ApiExcludeController()
@Controller('problems')
@IgnoresQuery()
@UseInterceptors(ProtectedPage)
export class ProblemPagesController {
  @Get()
  @Public()
  @Header('Content-Type', HTML)
  list(): string {
    const items = Object.entries<ProblemType>(PROBLEM_TYPES).map(
      ([code, { status, title }]) => `<li><a href="problems/${code}">${status} ${title}</a></li>`,
    );
    return htmlPage('Problems', `<ul>${items.join('')}</ul>`, '.');
  }

  @Get(':code')
  @Public()
  @Header('Content-Type', HTML)
  show(@Param('code') code: string): string {
    const known: Readonly<Record<string, ProblemType>> = PROBLEM_TYPES;
    const type = Object.hasOwn(known, code) ? known[code] : undefined;
    if (type === undefined) throw new ProblemError('route-not-found');
    return htmlPage(
      `${type.status} ${type.title}`,
      `<p><code>${code}</code></p><p>${withCode(type.advice)}</p>`,
      '..',
    );
  }
}

/** For texts of the table, never of a request, so only `<` and backticks matter. */
function withCode(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
