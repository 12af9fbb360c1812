import { isConfidential } from './confidential-url';
import { type GivenIssuer, type IssuerNumber, numbered } from './issuer-variables';
import { isPublished } from './published-secrets';

const MINIMUM_SECRET_BYTES = 32;
const MAKE_ONE = 'make one with: openssl rand -base64 48';
const TENANT = '{tid}';
/** Entra's names for several tenants. They are used in URLs, and never in a token. */
const ENTRA_ALIAS =
  /^https:\/\/(login(\.partner)?\.microsoftonline\.[a-z]+|(sts|login)\.windows\.net)\/(common|organizations|consumers)(\/|$)/i;

/** What is wrong with the variables of one issuer, one line each. */
export function issuerMistakes(
  issuer: GivenIssuer,
  all: readonly GivenIssuer[],
  nodeEnv: string,
): readonly string[] {
  const found = [
    ...secretFaults(issuer, nodeEnv),
    ...(isAnIssuer(issuer) ? requiredFaults(issuer, all) : needlessFaults(issuer)),
    ...issuerNameFaults(issuer),
    ...tenantFaults(issuer),
    ...clientFaults(issuer),
    ...credentialFaults(issuer),
  ];
  return found.map(([name, fault]) => `${numbered(name, issuer.number)}: ${fault}`);
}

/** What is wrong with several issuers beside each other, one line each. */
export function mistakesTogether(issuers: readonly GivenIssuer[]): readonly string[] {
  const mistakes: string[] = [];
  const [first] = issuers;
  if (first?.number !== undefined) {
    const name = numbered('AUTH_ISSUER', first.number);
    mistakes.push(`${name}: needs AUTH_ISSUER beside it: the first issuer has no number`);
  }
  issuers.forEach((issuer, index) => {
    for (const earlier of issuers.slice(0, index)) {
      mistakes.push(...clashes(issuer, earlier));
    }
  });
  return mistakes;
}

type Fault = readonly [name: string, fault: string];

function isAnIssuer({ given }: GivenIssuer): boolean {
  return ['AUTH_SECRET', 'AUTH_ISSUER', 'AUTH_JWKS_URL', 'AUTH_AUDIENCE'].some((name) =>
    given.includes(name),
  );
}

/** Without an issuer nothing would obey them. */
function needlessFaults({ given, number }: GivenIssuer): readonly Fault[] {
  const needed = `needs ${numbered('AUTH_ISSUER', number)} or ${numbered('AUTH_SECRET', number)} beside it`;
  return given.map((name): Fault => [name, needed]);
}

/** RFC 7518 §3.2: a key for HS256 has at least the 256 bits of its hash. */
function secretFaults({ variables }: GivenIssuer, nodeEnv: string): readonly Fault[] {
  const { AUTH_SECRET: secret } = variables;
  if (secret === undefined) return [];
  if (Buffer.byteLength(secret) < MINIMUM_SECRET_BYTES) {
    return [['AUTH_SECRET', `must have at least ${MINIMUM_SECRET_BYTES} bytes; ${MAKE_ONE}`]];
  }
  return nodeEnv === 'production' && isPublished(secret)
    ? [['AUTH_SECRET', `is an example value, which anybody can sign tokens with; ${MAKE_ONE}`]]
    : [];
}

function requiredFaults({ variables }: GivenIssuer, all: readonly GivenIssuer[]): readonly Fault[] {
  const { AUTH_SECRET: secret, AUTH_ISSUER: issuer, AUTH_JWKS_URL: jwksUrl } = variables;
  const publishesKeys = secret === undefined || jwksUrl !== undefined;
  const faults: Fault[] = [];
  if (issuer === undefined) {
    if (publishesKeys) faults.push(['AUTH_ISSUER', 'is required with an OpenID provider']);
    else if (all.length > 1) faults.push(['AUTH_ISSUER', 'is required where there are several']);
  } else if (publishesKeys && jwksUrl === undefined && !/[{\s,]/.test(issuer)) {
    if (!URL.canParse(issuer) || !isConfidential(new URL(issuer))) {
      faults.push([
        'AUTH_ISSUER',
        'must be an https URL, whose discovery document names the keys; or set AUTH_JWKS_URL too',
      ]);
    }
  }
  const isForAnybody =
    variables.AUTH_AUDIENCE.length === 0 && variables.AUTH_CLIENT_CLAIMS.length === 0;
  if (publishesKeys && isForAnybody) {
    faults.push(['AUTH_AUDIENCE', 'is required with an OpenID provider']);
  }
  return faults;
}

function issuerNameFaults({ variables, number }: GivenIssuer): readonly Fault[] {
  const { AUTH_ISSUER: issuer, AUTH_SECRET: secret, AUTH_JWKS_URL: jwksUrl } = variables;
  if (issuer === undefined) return [];
  if (ENTRA_ALIAS.test(issuer)) {
    return [
      [
        'AUTH_ISSUER',
        'is in no token: use https://login.microsoftonline.com/{tid}/v2.0 for several tenants',
      ],
    ];
  }
  if (/[\s,]/.test(issuer)) {
    return [
      [
        'AUTH_ISSUER',
        'must be one issuer, without spaces and commas; further ones have numbers, as in AUTH_2_ISSUER',
      ],
    ];
  }
  if (!/[{}]/.test(issuer)) return [];
  if (issuer.split(TENANT).length !== 2 || /[{}]/.test(issuer.replace(TENANT, ''))) {
    return [['AUTH_ISSUER', `may have one placeholder, ${TENANT}, and no other braces`]];
  }
  const faults: Fault[] = [];
  if (jwksUrl === undefined && secret === undefined) {
    faults.push([
      'AUTH_JWKS_URL',
      `is required with a placeholder in ${numbered('AUTH_ISSUER', number)}: there is no one discovery document`,
    ]);
  }
  if (variables.AUTH_UUID_SUBJECTS === true) {
    faults.push([
      'AUTH_UUID_SUBJECTS',
      'must not be on with a placeholder: each tenant could name the users of another',
    ]);
  }
  return faults;
}

function tenantFaults({ variables, number }: GivenIssuer): readonly Fault[] {
  const hasPattern = variables.AUTH_ISSUER?.includes(TENANT) === true;
  return variables.AUTH_TENANTS.length > 0 && !hasPattern
    ? [['AUTH_TENANTS', `has no effect without ${TENANT} in ${numbered('AUTH_ISSUER', number)}`]]
    : [];
}

function clientFaults({ variables, number }: GivenIssuer): readonly Fault[] {
  const [claims, clients] = [variables.AUTH_CLIENT_CLAIMS.length, variables.AUTH_CLIENTS.length];
  if (claims > 0 === clients > 0) return [];
  const [name, missing] =
    claims > 0 ? ['AUTH_CLIENT_CLAIMS', 'AUTH_CLIENTS'] : ['AUTH_CLIENTS', 'AUTH_CLIENT_CLAIMS'];
  return [[name, `needs ${numbered(missing, number)} beside it`]];
}

/** They would appear in the banner and in messages, and fetch refuses such a URL. */
function credentialFaults({ variables }: GivenIssuer): readonly Fault[] {
  const { AUTH_ISSUER, AUTH_JWKS_URL } = variables;
  return Object.entries({ AUTH_ISSUER, AUTH_JWKS_URL })
    .filter(([, url = '']) => hasCredentials(url))
    .map(([name]): Fault => [name, 'must be without user and password']);
}

function hasCredentials(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username + password !== '';
}

function clashes(issuer: GivenIssuer, earlier: GivenIssuer): readonly string[] {
  const name = (variable: string, number: IssuerNumber): string => numbered(variable, number);
  const [one, other] = [issuer.variables, earlier.variables];
  const mistakes: string[] = [];
  if (mayBeTheSame(one.AUTH_ISSUER, other.AUTH_ISSUER)) {
    mistakes.push(
      `${name('AUTH_ISSUER', issuer.number)}: a token could be of it and of ${name('AUTH_ISSUER', earlier.number)}`,
    );
  }
  if (one.AUTH_SECRET !== undefined && one.AUTH_SECRET === other.AUTH_SECRET) {
    mistakes.push(
      `${name('AUTH_SECRET', issuer.number)}: must not be ${name('AUTH_SECRET', earlier.number)}: each could sign for the other`,
    );
  }
  if (one.AUTH_UUID_SUBJECTS === true && other.AUTH_UUID_SUBJECTS === true) {
    mistakes.push(
      `${name('AUTH_UUID_SUBJECTS', issuer.number)}: may be on for one issuer alone: one UUID of two issuers is two users`,
    );
  }
  return mistakes;
}

/** Whether an `iss` could fit both. */
function mayBeTheSame(one = '', other = ''): boolean {
  const [[start = '', end], [otherStart = '', otherEnd]] = [one.split(TENANT), other.split(TENANT)];
  if (one === '' || other === '') return false;
  if (end === undefined && otherEnd === undefined) return one === other;
  const fits = (text: string, affix: string): boolean =>
    text.startsWith(affix) || affix.startsWith(text);
  const reversed = (text: string): string => [...text].toReversed().join('');
  return fits(start, otherStart) && fits(reversed(end ?? start), reversed(otherEnd ?? otherStart));
}
