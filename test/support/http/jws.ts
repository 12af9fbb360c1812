import { createHmac } from 'node:crypto';

type Signer = (signingInput: string) => Uint8Array;

export const hmac =
  (hash: 'sha256' | 'sha384' | 'sha512', key: string | Uint8Array): Signer =>
  (input) =>
    createHmac(hash, key).update(input).digest();

/**
 * Signs what a JWT library refuses to: any header, any payload. Both may also be given as the JSON
 * text itself.
 */
export function compactJws(
  header: object | string,
  payload: object | string,
  signer: Signer,
): string {
  const signingInput = `${encode(header)}.${encode(payload)}`;
  return `${signingInput}.${Buffer.from(signer(signingInput)).toString('base64url')}`;
}

function encode(part: object | string): string {
  const text = typeof part === 'string' ? part : JSON.stringify(part);
  return Buffer.from(text).toString('base64url');
}
