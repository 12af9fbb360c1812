/** Any 8-4-4-4-12 hex, in either case. */
export const UUID_PATTERN = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';
const UUID = new RegExp(UUID_PATTERN);

/** @returns the UUID in lower case; undefined where the text is none */
export function canonicalUuid(text: string): string | undefined {
  return UUID.test(text) ? text.toLowerCase() : undefined;
}
