import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

type Parameters = ReadonlyMap<string, string>;

/** What the server's certificate has to prove: nothing, its authority, or its host name as well. */
type Proof = 'none' | 'authority' | 'name';

/** Options that pg passes to Node's `tls`. */
export interface DatabaseTls {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly checkServerIdentity?: () => undefined;
}

/**
 * What each mode requires. `require` checks as much as `verify-full`: without a check, encryption does
 * not protect from an attacker on the way. `no-verify` asks for that explicitly.
 */
const PROOF_OF_MODE: Readonly<Record<string, Proof | 'no TLS'>> = {
  disable: 'no TLS',
  'no-verify': 'none',
  require: 'name',
  'verify-ca': 'authority',
  'verify-full': 'name',
};

/** The parameter `ssl`, which pg has beside those of libpq. */
const MODE_OF_SSL: Readonly<Record<string, string>> = {
  true: 'verify-full',
  1: 'verify-full',
  'no-verify': 'no-verify',
  false: 'disable',
  0: 'disable',
};

const FILES = ['sslrootcert', 'sslcert', 'sslkey'] as const;
export const DATABASE_TLS_PARAMETERS: readonly string[] = [
  'sslmode',
  'ssl',
  'uselibpqcompat',
  'sslnegotiation',
  ...FILES,
];
/** As in libpq, not a file name: the authorities that are known by default. */
const KNOWN_AUTHORITIES = 'system';

/** Lists why the TLS parameters cannot be obeyed, one line each. */
export function tlsMistakes(parameters: Parameters): readonly string[] {
  const mistakes = valueMistakes(parameters);
  if (mistakes.length > 0) return mistakes;
  const conflicts = conflictsIn(parameters);
  return conflicts.length > 0 ? conflicts : fileMistakes(parameters);
}

/** Reads parameters that have no mistakes. @returns false for a connection without TLS */
export function databaseTls(parameters: Parameters): DatabaseTls | false {
  const proof = proofOf(parameters);
  if (proof === 'no TLS') return false;
  const root = parameters.get('sslrootcert');
  const [ca, cert, key] = [
    root === KNOWN_AUTHORITIES ? undefined : root,
    parameters.get('sslcert'),
    parameters.get('sslkey'),
  ].map((path) => (path === undefined ? undefined : readFileSync(path, 'utf8')));
  return {
    rejectUnauthorized: proof !== 'none',
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(proof === 'authority' && { checkServerIdentity: () => undefined }),
  };
}

function proofOf(parameters: Parameters): Proof | 'no TLS' {
  const mode = modeOf(parameters);
  if (mode === 'require' && parameters.get('uselibpqcompat') === 'true') {
    return parameters.has('sslrootcert') ? 'authority' : 'none';
  }
  return PROOF_OF_MODE[mode] ?? 'name';
}

/** Without `sslmode`, a certificate or direct negotiation asks for a full check. */
function modeOf(parameters: Parameters): string {
  const wantsTls =
    FILES.some((name) => parameters.has(name)) || parameters.get('sslnegotiation') === 'direct';
  return (
    parameters.get('sslmode') ??
    MODE_OF_SSL[parameters.get('ssl') ?? ''] ??
    (wantsTls ? 'verify-full' : 'disable')
  );
}

function valueMistakes(parameters: Parameters): readonly string[] {
  const { sslmode, ssl, uselibpqcompat, sslnegotiation } = Object.fromEntries(parameters);
  const modes = Object.keys(PROOF_OF_MODE).join(', ');
  const mistakes: string[] = [];
  if (sslmode === 'prefer' || sslmode === 'allow') {
    mistakes.push(
      `sslmode must be one of ${modes}: ${sslmode} allows an attacker on the way to turn TLS off`,
    );
  } else if (sslmode !== undefined && !Object.hasOwn(PROOF_OF_MODE, sslmode)) {
    mistakes.push(`sslmode must be one of ${modes}`);
  }
  if (ssl !== undefined && !Object.hasOwn(MODE_OF_SSL, ssl)) {
    mistakes.push('ssl must be one of true, false, no-verify; sslmode=verify-full is better');
  }
  if (ssl !== undefined && sslmode !== undefined) {
    mistakes.push('ssl and sslmode mean the same: remove ssl');
  }
  if (uselibpqcompat !== undefined && !['true', 'false'].includes(uselibpqcompat)) {
    mistakes.push('uselibpqcompat must be one of true, false');
  }
  if (sslnegotiation !== undefined && !['postgres', 'direct'].includes(sslnegotiation)) {
    mistakes.push('sslnegotiation must be one of postgres, direct');
  }
  return mistakes;
}

function conflictsIn(parameters: Parameters): readonly string[] {
  const mode = modeOf(parameters);
  const proof = proofOf(parameters);
  const mistakes: string[] = [];
  if (proof === 'no TLS') {
    const idle = [...FILES, 'sslnegotiation'].filter((name) => parameters.has(name));
    mistakes.push(
      ...idle.map((name) => `${name} has no effect without TLS: set sslmode=verify-full`),
    );
    if (parameters.get('channel_binding') === 'require') {
      mistakes.push('channel_binding=require needs TLS: set sslmode=verify-full');
    }
  }
  if (proof === 'none' && parameters.has('sslrootcert')) {
    mistakes.push('sslrootcert has no effect with no-verify: set sslmode=verify-full');
  }
  const hasAuthority = ![undefined, KNOWN_AUTHORITIES].includes(parameters.get('sslrootcert'));
  if (proof === 'authority' && !hasAuthority) {
    mistakes.push(
      `sslmode=${mode} needs a private authority: set sslrootcert=/path/ca.pem, or sslmode=verify-full`,
    );
  }
  if (parameters.has('sslcert') !== parameters.has('sslkey')) {
    mistakes.push('sslcert and sslkey belong together: give both, or none');
  }
  return mistakes;
}

function fileMistakes(parameters: Parameters): readonly string[] {
  const unreadable = FILES.flatMap((name) => {
    const path = parameters.get(name);
    return path === undefined || path === KNOWN_AUTHORITIES ? [] : readFault(name, path);
  });
  if (unreadable.length > 0) return unreadable;
  const tls = databaseTls(parameters);
  if (tls === false) return [];
  if (tls.ca !== undefined && !holdsCertificates(tls.ca)) {
    return ['sslrootcert must name a file with certificates in PEM'];
  }
  const { cert, key } = tls;
  return cert === undefined || key === undefined || fitTogether(cert, key)
    ? []
    : ['sslcert and sslkey must name a certificate and its key in PEM, the key without passphrase'];
}

function readFault(name: string, path: string): readonly string[] {
  try {
    readFileSync(path);
    return [];
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return [`${name}: cannot read the file that it names (${code})`];
  }
}

/** Node accepts a file without certificates silently. */
function holdsCertificates(pem: string): boolean {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    return found.length > 0 && found.every((one) => new X509Certificate(one).raw.length > 0);
  } catch {
    return false;
  }
}

function fitTogether(cert: string, key: string): boolean {
  try {
    createSecureContext({ cert, key });
    return true;
  } catch {
    return false;
  }
}
