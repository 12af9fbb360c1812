/** Why TLS to the database was not established, and what to do. Neither has a colon in it. */
interface TlsFailure {
  readonly what: string;
  readonly remedy: string;
}

const UNKNOWN_AUTHORITY: TlsFailure = {
  what: 'its certificate is signed by an unknown authority',
  remedy:
    "add sslrootcert=/path/ca.pem, the authority's certificate, to DATABASE_URL and DATABASE_OWNER_URL, or set NODE_EXTRA_CA_CERTS; sslmode=no-verify encrypts without a check",
};
const UNFIT_CERTIFICATE: TlsFailure = {
  what: 'its certificate is not valid',
  remedy: 'replace the certificate of the database server',
};
const WRONG_TIME: TlsFailure = {
  what: 'its certificate has expired or is not valid yet',
  remedy: 'renew the certificate of the database server, and check the clock of this machine',
};
const WRONG_NAME: TlsFailure = {
  what: 'its certificate is for another host name',
  remedy:
    'use a host name of the certificate in DATABASE_URL and DATABASE_OWNER_URL; with a private authority, sslmode=verify-ca skips the host name',
};
const WITHOUT_TLS: TlsFailure = {
  what: 'the server does not support TLS',
  remedy:
    'turn on ssl in postgresql.conf, or, in a trusted network, set sslmode=disable in DATABASE_URL and DATABASE_OWNER_URL',
};
const NO_AGREEMENT: TlsFailure = {
  what: 'the TLS handshake failed',
  remedy:
    'check that DATABASE_URL and DATABASE_OWNER_URL name a PostgreSQL server, its TLS versions and the client certificate; sslnegotiation=direct needs PostgreSQL 17',
};

const NOT_BOUND: TlsFailure = {
  what: 'the server does not offer channel binding, which channel_binding=require demands',
  remedy:
    'let the login have a SCRAM password and no proxy end TLS on the way, or set channel_binding=prefer in DATABASE_URL and DATABASE_OWNER_URL',
};

/** Codes of Node and OpenSSL (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const BY_CODE: Readonly<Record<string, TlsFailure>> = {
  CERT_HAS_EXPIRED: WRONG_TIME,
  CERT_NOT_YET_VALID: WRONG_TIME,
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
  CERT_UNTRUSTED: UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  ERR_TLS_CERT_ALTNAME_INVALID: WRONG_NAME,
  HOSTNAME_MISMATCH: WRONG_NAME,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
};
const OTHER_CERTIFICATE_CODE = /^(CERT_|CRL_|INVALID_|PATH_LENGTH_|UNABLE_TO_|ERROR_IN_CERT_)/;
const OTHER_TLS_CODE = /^(EPROTO$|ERR_(SSL|TLS)_)/;

/** Errors of pg and Node that have no code of their own. */
const BY_MESSAGE: readonly (readonly [RegExp, TlsFailure])[] = [
  [/server does not support SSL connections/, WITHOUT_TLS],
  [/error establishing an SSL connection/, NO_AGREEMENT],
  [/before secure TLS connection was established/, NO_AGREEMENT],
  [/channel binding, which channel_binding=require demands/, NOT_BOUND],
];

/** Whether the connection failed because of TLS or a certificate. */
export function isTlsFailure(error: unknown): boolean {
  return failureOf(error) !== undefined;
}

/** One line that ends with a colon and the remedy; undefined for any other error. */
export function describeTlsFailure(error: unknown): string | undefined {
  const failure = failureOf(error);
  if (failure === undefined) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  const named = code === undefined ? '' : ` (${code})`;
  return `The database cannot be reached by TLS: ${failure.what}${named}: ${failure.remedy}`;
}

function failureOf(error: unknown): TlsFailure | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code = '', message = '' } = error as Partial<NodeJS.ErrnoException>;
  const known = BY_CODE[code];
  if (known !== undefined) return known;
  if (OTHER_CERTIFICATE_CODE.test(code)) return UNFIT_CERTIFICATE;
  if (OTHER_TLS_CODE.test(code)) return NO_AGREEMENT;
  return BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1];
}
