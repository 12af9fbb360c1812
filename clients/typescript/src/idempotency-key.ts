/**
 * A UUIDv7 of now (RFC 9562 §5.7). The server takes it as the id of the task, so its time has to be
 * right: at most 24 hours old, at most 5 minutes ahead.
 */
export function newIdempotencyKey(nowMs = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  new DataView(bytes.buffer).setUint32(0, Math.floor(nowMs / 0x1_0000));
  new DataView(bytes.buffer).setUint16(4, nowMs % 0x1_0000);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) % 0x10);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) % 0x40);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
