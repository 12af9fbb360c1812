import { Controller, Get, Header, Req, Res, UseInterceptors } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import manifest from '#package.json';
import { Public } from '../auth/public.decorator';
import { IgnoresQuery } from '../http/input/query-parameters';
import { ProtectedPage } from '../http/output/security-headers';
import { htmlPage } from './page';

const LINKS = {
  api: '/api',
  docs: '/docs',
  openapi: '/openapi.json',
  openapi_yaml: '/openapi.yaml',
  problems: '/problems',
  health: '/health/ready',
} as const;
const NAMES: Readonly<Record<keyof typeof LINKS, string>> = {
  api: 'the API: its routes begin here, and need a token',
  docs: 'try the routes in the browser',
  openapi: 'the contract, for programs',
  openapi_yaml: 'the same in YAML',
  problems: 'what each error means, and what to do about it',
  health: 'whether the server is ready',
};

/** For a visitor who knows only the address of the server. */
@ApiExcludeController()
@Controller()
@IgnoresQuery()
@UseInterceptors(ProtectedPage)
export class HomeController {
  @Get()
  @Public()
  @Header('Vary', 'Accept')
  show(@Req() request: Request, @Res({ passthrough: true }) response: Response): string {
    const links = Object.entries(LINKS).map(
      ([name, path]) => [name as keyof typeof LINKS, request.basePath + path] as const,
    );
    const isForPeople = request.accepts(['json', 'html']) === 'html';
    response.type(isForPeople ? 'html' : 'json');
    if (!isForPeople) {
      const { version } = manifest;
      return JSON.stringify({ name: 'Task API', version, links: Object.fromEntries(links) });
    }
    const items = links.map(([name, path]) => `<li>${linked(name, path)}: ${NAMES[name]}</li>`);
    return htmlPage(
      'Task API',
      `<p>Version ${manifest.version}</p><ul>${items.join('')}</ul>`,
      request.basePath,
    );
  }
}

/** There is nothing at /api itself. */
function linked(name: keyof typeof LINKS, path: string): string {
  return name === 'api' ? `<code>${path}</code>` : `<a href="${path}">${path}</a>`;
}
