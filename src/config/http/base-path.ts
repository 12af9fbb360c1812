import { applyDecorators } from '@nestjs/common';
import { IsOptional, ValidateBy } from 'class-validator';

const PATH = /^(\/[A-Za-z\d._~-]+)+$/;
const DOTS = /\/\.{1,2}(\/|$)/;
/** Where the paths of the API itself begin. A request could mean either, if a prefix began so too. */
const OF_THE_API = /^\/(api|docs|health|problems|openapi\.(json|yaml))(\/|$)/;

/** Whether this may stand before the paths of the API: nothing in it leads to another host. */
export function isBasePath(text: string): boolean {
  return PATH.test(text) && !DOTS.test(text);
}

/** Property decorator: the path under which the API is found from outside. */
export function BasePath(): PropertyDecorator {
  const rule = (message: string, validate: (text: string) => boolean): PropertyDecorator =>
    ValidateBy(
      {
        name: message,
        validator: { validate: (value: unknown) => typeof value === 'string' && validate(value) },
      },
      { message },
    );
  return applyDecorators(
    IsOptional(),
    rule(
      'must be a path such as /tasks-api, with a slash before it and none behind it',
      isBasePath,
    ),
    rule(
      'must not begin with api, docs, health, problems or openapi.json, which are paths of the API itself; add a part before them',
      (text) => !OF_THE_API.test(text),
    ),
  );
}
