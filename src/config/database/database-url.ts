import { DATABASE_TLS_PARAMETERS, tlsMistakes } from './database-tls';
import { similarName } from '../sources/similar-name';

/** The parameters of a database URL, by name. */
export type UrlParameters = ReadonlyMap<string, string>;

const FORM =
  'must be a URL such as postgresql://user:password@host:5432/database, with %40 for an @ in the password, and so on';
const ENCODED =
  'must be a URL in which user and password are percent-encoded: @ is %40, # is %23, / is %2F, ? is %3F, % is %25';
const ONE_HOST =
  'must be a URL with one host; for failover, name a proxy or a DNS name that leads to the server to use';

/** Parameters for the place and the login, which usually stand before the `?`. */
const LOCATION: Readonly<Record<string, (value: string) => string | undefined>> = {
  host: (value) => (value.includes(',') ? ONE_HOST : undefined),
  port: wholeNumber(1, 65_535),
  user: () => undefined,
  password: () => undefined,
};

/** Parameters that pg can obey. Each check returns what is wrong with a value. */
const SESSION: Readonly<Record<string, (value: string) => string | undefined>> = {
  application_name: () => undefined,
  schema: schemaFault,
  connect_timeout: wholeNumber(1, 600),
  keepalives: oneOf('0', '1'),
  keepalives_idle: wholeNumber(1, 86_400),
  channel_binding: oneOf('disable', 'prefer', 'require'),
  // These values describe what the API does anyway.
  client_encoding: oneOf('UTF8', 'utf8', 'UTF-8', 'utf-8'),
  gssencmode: oneOf('disable'),
  load_balance_hosts: oneOf('disable'),
  target_session_attrs: oneOf('any'),
};

const OWN_LIMITS = 'the API has time limits of its own (docs/operations.md)';
const OWN_POOL = 'DATABASE_POOL and DATABASE_LANES say how many connections there are';
const OWN_KEEPALIVE = 'set it in the operating system, on Linux net.ipv4.tcp_keepalive_*';
const NOTICED = 'the API notices a pooler by itself; see DATABASE_PREPARE';

const KNOWN: readonly string[] = [
  ...Object.keys(LOCATION),
  ...Object.keys(SESSION),
  ...DATABASE_TLS_PARAMETERS,
];

/** Parameters that are refused with advice. Any other unknown name is to be removed. */
const INSTEAD: Readonly<Record<string, string>> = {
  connection_limit: OWN_POOL,
  database: 'write the database name after the host, as in host/database',
  dbname: 'write the database name after the host, as in host/database',
  hostaddr: 'let the address be the host',
  idle_in_transaction_session_timeout: OWN_LIMITS,
  keepalives_count: OWN_KEEPALIVE,
  keepalives_interval: OWN_KEEPALIVE,
  lock_timeout: OWN_LIMITS,
  options:
    'the API sends startup options of its own; make a setting one of the login (alter role … set …)',
  passfile:
    'put the whole URL into a file, and name that file by the variable with _FILE at its end',
  pgbouncer: NOTICED,
  pool_timeout: OWN_POOL,
  prepared_statements: NOTICED,
  query_timeout: OWN_LIMITS,
  sslcrl: 'remove it; the API reads no revocation lists',
  statement_cache_size: NOTICED,
  statement_timeout: OWN_LIMITS,
  tcp_user_timeout: OWN_LIMITS,
};

/** Advice for values that other clients accept. */
const INSTEAD_OF_VALUE: Readonly<Record<string, string>> = {
  target_session_attrs: 'name the server to use, or a proxy or a DNS name that leads to it',
};

/**
 * Lists why a database URL cannot be obeyed, one line each. A line repeats nothing of the URL but the
 * names of parameters: any other piece may belong to a password that is not encoded.
 */
export function databaseUrlMistakes(url: string): readonly string[] {
  const fault = formFault(url);
  return fault === undefined ? parameterMistakes(url) : [fault];
}

export function isLocationParameter(name: string): boolean {
  return Object.hasOwn(LOCATION, name);
}

/** Reads the parameters of a URL that has no mistakes. */
export function databaseUrlParameters(url: string): UrlParameters {
  return new Map(parameterList(url));
}

/** All parameters in the order of the URL, repeated ones included. */
function parameterList(url: string): readonly (readonly [string, string])[] {
  const query = url.includes('?') ? url.slice(url.indexOf('?') + 1) : '';
  // As in libpq, a plus sign stands for itself, not for a space.
  return [...new URLSearchParams(query.replaceAll('+', '%2B'))];
}

function formFault(url: string): string | undefined {
  const [, authority, rest = ''] = /^postgres(?:ql)?:\/\/([^/?#\s]*)(\S*)$/.exec(url) ?? [];
  if (authority === undefined || authority + rest === '') return FORM;
  if (/[@#]/.test(rest) || !isDecodable(url)) return ENCODED;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (host.includes(',')) return ONE_HOST;
  // As pg reads it: with a socket in `?host=`, there need be no host before the path.
  const parsable = url.replace('@/', '@socket/');
  if (!URL.canParse(parsable)) return FORM;
  const { hostname, username, port } = new URL(parsable);
  // pg takes it for none, and calls at 5432.
  if (port === '0') return FORM;
  const isHost = /^([\p{L}\p{N}_.-]*|\[[\da-f:.]+\]|\/.*)$/iu.test(decodeURIComponent(hostname));
  // With an encoded colon, PostgreSQL would quote the password as a part of the user name.
  return isHost && !decodeURIComponent(username).includes(':') ? undefined : FORM;
}

function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

function parameterMistakes(url: string): readonly string[] {
  const list = parameterList(url);
  const names = list.map(([name]) => name);
  const repeated = names.filter((name, n) => names.indexOf(name) < n);
  return [
    ...repeated.map((name) => `${shown(name)} is given twice`),
    ...givenBefore(url, names).map((name) => `${name} is given twice: also before the ?`),
    ...list.flatMap(([name, value]) => parameterMistake(name, value) ?? []),
    ...tlsMistakes(new Map(list)),
  ];
}

function givenBefore(url: string, names: readonly string[]): readonly string[] {
  const { username, password, hostname, port } = new URL(url.replace('@/', '@localhost/'));
  // Many URLs with a socket in `?host=` have localhost as a placeholder before the path.
  const host = hostname === 'localhost' ? '' : hostname;
  const before: Readonly<Record<string, string>> = { user: username, password, host, port };
  return names.filter((name) => (before[name] ?? '') !== '');
}

function parameterMistake(name: string, value: string): string | undefined {
  if (DATABASE_TLS_PARAMETERS.includes(name)) return undefined;
  const check = LOCATION[name] ?? SESSION[name];
  if (check !== undefined) {
    const fault = value === '' ? 'must have a value' : check(value);
    if (fault === undefined) return undefined;
    const instead = INSTEAD_OF_VALUE[name];
    return `${name} ${fault}${instead === undefined ? '' : `: ${instead}`}`;
  }
  const instead = INSTEAD[name];
  const meant = instead === undefined ? similarName(name, KNOWN) : undefined;
  if (meant !== undefined) return `${shown(name)} is not a parameter: is ${meant} meant?`;
  return `${shown(name)} is a parameter that the API does not obey: ${instead ?? 'remove it'}`;
}

/** Text that cannot be a parameter name may be a piece of a secret. */
function shown(name: string): string {
  return /^[a-z_]{1,40}$/i.test(name) ? name : 'the text after the ?';
}

function oneOf(...values: readonly string[]): (value: string) => string | undefined {
  const fault =
    values.length === 1 ? `must be ${values.join()}` : `must be one of ${values.join(', ')}`;
  return (value) => (values.includes(value) ? undefined : fault);
}

function wholeNumber(min: number, max: number): (value: string) => string | undefined {
  return (value) =>
    /^\d{1,6}$/.test(value) && Number(value) >= min && Number(value) <= max
      ? undefined
      : `must be a whole number from ${min} to ${max}`;
}

/** Names that need no care in SQL, in a URL and in startup options; PostgreSQL cuts longer ones. */
const NAME = /^[a-z_][a-z\d_-]{0,62}$/i;
/** PostgreSQL's own. */
const RESERVED = /^(pg_.*|information_schema)$/i;

/** What is wrong with the name of a schema; undefined is no mistake. */
export function schemaFault(name: string): string | undefined {
  if (RESERVED.test(name)) return 'must not be a schema of PostgreSQL itself';
  return NAME.test(name)
    ? undefined
    : 'must be a name of letters, digits, _ and -, at most 63 of them, that begins with a letter or _';
}
