import { type Client, escapeIdentifier } from 'pg';
import { type Finding, requireNoObstacles } from '../finding';
import { ANSWER_LIMIT_MS, type SessionConfig } from '../session/database-session';
import { withClient } from '../session/client';

/** Which characters a database holds, and whether it knows their upper and lower case. */
export interface EncodingFacts {
  readonly database: string;
  readonly owner: string;
  /** As PostgreSQL names it, such as `UTF8`. */
  readonly encoding: string;
  /** Such as `C`, or `de_DE.UTF-8`. */
  readonly locale: string;
  /** Whether a search finds what differs in its case alone, as in most languages. */
  readonly foldsCase: boolean;
  /** What a right database needs on this server, as options of CREATE DATABASE. */
  readonly options: string;
}

/** The locale C knows no case but that of A to Z, and Turkish has another small letter for I. */
const CAPITAL = 'ÄI';
const SMALL = 'äi';

export async function encodingFacts(session: Client): Promise<EncodingFacts> {
  const { rows } = await session.query<Omit<EncodingFacts, 'foldsCase'>>(
    `select current_database()::text as database, pg_get_userbyid(datdba)::text as owner,
       current_setting('server_encoding') as encoding,
       coalesce(to_jsonb(pg_database) ->> 'datlocale', to_jsonb(pg_database) ->> 'daticulocale',
         datctype) as locale,
       'encoding ''UTF8'' ' || case
         -- On every platform; each operating system has its own names and its own locales.
         when current_setting('server_version_num')::int >= 170000
           then 'locale_provider builtin builtin_locale ''C.UTF-8'' lc_collate ''C'' lc_ctype ''C'''
         when known.locale is not null then format('locale %L', known.locale)
         else 'locale_provider icu icu_locale ''und'' lc_collate ''C'' lc_ctype ''C'''
       end as options
     from pg_database left join lateral (
       select collctype as locale from pg_collation
       where collprovider = 'c'
         and lower(collctype) in ('c.utf-8', 'c.utf8', 'en_us.utf-8', 'en_us.utf8')
       order by lower(collctype)
       limit 1
     ) known on true
     where datname = current_database()`,
  );
  const [facts] = rows;
  if (facts === undefined) throw new Error('The database has no catalogue');
  return { ...facts, foldsCase: facts.encoding === 'UTF8' && (await foldsCase(session)) };
}

/** A title is any Unicode text. Other encodings refuse some, and SQL_ASCII counts bytes. */
export function encodingFindings(facts: EncodingFacts): readonly Finding[] {
  if (facts.encoding === 'UTF8') return [];
  const what = `the database ${facts.database} has the encoding ${facts.encoding}, which cannot hold every title`;
  return [{ what, remedies: [rightDatabase(facts, 'utf8')] }];
}

/** Undefined where nothing is lost. */
export function caseWarning(facts: EncodingFacts): string | undefined {
  if (facts.foldsCase || facts.encoding !== 'UTF8') return undefined;
  return `the database ${facts.database} has the locale ${facts.locale}, in which ${SMALL} is not the lower case of ${CAPITAL}: a search for the one does not find the other`;
}

/** SQL, since neither the encoding nor the locale of a database can be changed. */
export function rightDatabase({ database, owner, options }: EncodingFacts, suffix: string): string {
  const name = escapeIdentifier(`${database}_${suffix}`);
  return `create database ${name} owner ${escapeIdentifier(owner)} template template0 ${options};  -- and name it in DATABASE_URL and DATABASE_OWNER_URL`;
}

async function foldsCase(session: Client): Promise<boolean> {
  const { rows } = await session.query<{ folds: boolean }>('select lower($1::text) = $2 as folds', [
    CAPITAL,
    SMALL,
  ]);
  return rows[0]?.folds === true;
}

/**
 * Looks at the database that requests are served from; the owner may have looked at another one.
 * @returns what the operator should know, if there is anything
 * @throws DatabaseObstaclesError
 */
export function requireEncoding(session: SessionConfig): Promise<string | undefined> {
  return withClient({ ...session, query_timeout: ANSWER_LIMIT_MS }, async (client) => {
    const facts = await encodingFacts(client);
    requireNoObstacles(encodingFindings(facts));
    return caseWarning(facts);
  });
}
