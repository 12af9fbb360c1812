import { Controller, Get, Header, Param, UseInterceptors } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { IgnoresQuery } from '../http/input/query-parameters';
import { ProtectedPage } from '../http/output/security-headers';
import { Public } from '../auth/public.decorator';
import { ProblemError } from '../problems/problem-error';
import { PROBLEM_TYPES, type ProblemType } from '../problems/problem-types';

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
    return page('Problems', `<ul>${items.join('')}</ul>`, '.');
  }

  @Get(':code')
  @Public()
  @Header('Content-Type', HTML)
  show(@Param('code') code: string): string {
    const known: Readonly<Record<string, ProblemType>> = PROBLEM_TYPES;
    const type = Object.hasOwn(known, code) ? known[code] : undefined;
    if (type === undefined) throw new ProblemError('route-not-found');
    return page(
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

/**
 * @param root where the paths of the API begin, relative to the page: a proxy may have added a path
 */
function page(title: string, body: string, root: string): string {
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>` +
    '<meta name="viewport" content="width=device-width">' +
    '<body style="font:16px/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem">' +
    `<h1>${title}</h1>${body}<p><a href="${root}/problems">All problems</a> · <a href="${root}/docs">API</a></p>`
  );
}
