import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** A certificate and its key, both in PEM. */
export interface Certificate {
  readonly name: string;
  readonly pem: string;
  readonly key: string;
  readonly privateKey: KeyObject;
}

interface Wishes {
  /** Absent: itself. */
  readonly issuer?: Certificate;
  /** DNS names and IP addresses (version 4); none for an authority. */
  readonly hosts?: readonly string[];
  readonly from?: Date;
  readonly until?: Date;
}

const DAY_MS = 24 * 60 * 60_000;
const [SEQUENCE, SET, INTEGER, BIT_STRING, OCTET_STRING] = [0x30, 0x31, 0x02, 0x03, 0x04];
const [OBJECT_ID, UTF8_STRING, BOOLEAN, GENERALIZED_TIME] = [0x06, 0x0c, 0x01, 0x18];
const TRUE = der(BOOLEAN, Buffer.of(0xff));
const ECDSA_WITH_SHA256 = der(SEQUENCE, der(OBJECT_ID, Buffer.from('2a8648ce3d040302', 'hex')));
const COMMON_NAME = der(OBJECT_ID, Buffer.from('550403', 'hex'));
const BASIC_CONSTRAINTS = der(OBJECT_ID, Buffer.from('551d13', 'hex'));
const SUBJECT_ALT_NAME = der(OBJECT_ID, Buffer.from('551d11', 'hex'));

/** Makes a certificate (RFC 5280): of an authority, or of a server or client that one has signed. */
export function makeCertificate(name: string, wishes: Wishes = {}): Certificate {
  const {
    issuer,
    hosts = [],
    from = new Date(Date.now() - DAY_MS),
    until = new Date(Date.now() + DAY_MS),
  } = wishes;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, Buffer.of(2))),
    der(INTEGER, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    commonName(issuer?.name ?? name),
    der(SEQUENCE, time(from), time(until)),
    commonName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, ...extensions(hosts))),
  );
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey);
  const whole = der(SEQUENCE, body, ECDSA_WITH_SHA256, der(BIT_STRING, Buffer.of(0), signature));
  // No blank line at the end, which OpenSSL refuses.
  const base64 = whole.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return {
    name,
    pem: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    privateKey,
  };
}

function extensions(hosts: readonly string[]): readonly Buffer[] {
  if (hosts.length === 0) {
    return [der(SEQUENCE, BASIC_CONSTRAINTS, TRUE, der(OCTET_STRING, der(SEQUENCE, TRUE)))];
  }
  const names = hosts.map((host) =>
    isIP(host) === 4
      ? der(0x87, Buffer.from(host.split('.').map(Number)))
      : der(0x82, Buffer.from(host)),
  );
  return [der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, der(SEQUENCE, ...names)))];
}

function commonName(name: string): Buffer {
  const attribute = der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(name)));
  return der(SEQUENCE, der(SET, attribute));
}

function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\.\d+|[-:T]/g, '');
  return der(GENERALIZED_TIME, Buffer.from(digits));
}

/** Tag, length and content (X.690). */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}
