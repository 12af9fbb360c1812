import { parse, type ParsedUrlQuery } from 'node:querystring';
import { ProblemError } from '../../problems/problem-error';
import { faultInQuery } from './request-validation';

/**
 * Express's `query parser`. Node's own takes a malformed escape for text, and ill-formed UTF-8 for
 * U+FFFD, so a search would be for something that nobody has written.
 * @throws ProblemError `malformed-uri` naming the first parameter that is malformed
 */
export function parseQuery(text: string | null): ParsedUrlQuery {
  if (text === null || text === '') return {};
  const faulty = isDecodable(text) ? undefined : text.split('&').find((part) => !isDecodable(part));
  if (faulty === undefined) return parse(text, '&', '=', { maxKeys: 0 });
  const [name = ''] = faulty.split('=');
  const fault = faultInQuery(name, 'must be percent-encoded UTF-8, with %25 for a %');
  throw new ProblemError('malformed-uri', { faults: [fault] });
}

function isDecodable(text: string): boolean {
  if (!text.includes('%')) return true;
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
