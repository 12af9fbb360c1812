import { databaseUrlMistakes, databaseUrlParameters } from './database-url';

const NAME = 'DATABASE_REPLICA_URLS';
/** A comma within a URL, as in a password, is not followed by another URL. */
const SEPARATOR = /\s*,\s*(?=postgres(?:ql)?:\/\/|,|$)/;
/** Between URLs that something else separates, such as a space. */
const OTHER_SEPARATOR = /[\s;|]postgres(?:ql)?:\/\//;

/** @param value of the variable */
export function replicaUrlsOf(value: unknown): readonly string[] {
  return typeof value === 'string' ? value.split(SEPARATOR) : [];
}

/** Lists why reads cannot run there, one line each, without a piece of a URL. */
export function replicaUrlsMistakes(
  urls: readonly string[],
  primaryUrl: string | undefined,
): readonly string[] {
  if (urls.length === 0) return [];
  if (primaryUrl === undefined) return [`${NAME}: needs DATABASE_URL beside it`];
  return urls.flatMap((url, n) => {
    const subject = urls.length === 1 ? NAME : `${NAME}: number ${n + 1}`;
    return mistakesOf(url, urls.slice(0, n), primaryUrl).map((mistake) => `${subject}: ${mistake}`);
  });
}

function mistakesOf(url: string, before: readonly string[], primaryUrl: string): readonly string[] {
  if (url === '') return ['is empty: remove the comma'];
  if (OTHER_SEPARATOR.test(url)) return ['has several URLs: separate them by commas'];
  const mistakes = databaseUrlMistakes(url);
  if (mistakes.length > 0) return mistakes;
  if (url === primaryUrl) return ['is DATABASE_URL, which names the primary'];
  if (before.includes(url)) return ['is given twice'];
  const schema = databaseUrlParameters(url).get('schema');
  const isOther =
    schema !== undefined && schema !== databaseUrlParameters(primaryUrl).get('schema');
  return isOther ? ['schema must be the one of DATABASE_URL, or be left out here'] : [];
}
