/** How secrets of examples, tutorials and other products begin; anyone can sign with them. */
const PUBLISHED =
  /^(change[-_ ]?(me|this|it)|((my|super|your|the|a|jwt|dev|test|default|shared)[-_ ]?)*(secret|password)|a-string-secret|better-auth-secret|example|sample|default|placeholder|insecure|replace[-_ ]?(me|this)|really|this[-_ ]is|your[-_ ]|keyboard cat|0123456789|1234567890|abcdefgh)/i;
const ONE_CHARACTER_REPEATED = /^(.)\1*$/s;

/** Whether others know this secret, or would try it. */
export function isPublished(secret: string): boolean {
  return PUBLISHED.test(secret) || ONE_CHARACTER_REPEATED.test(secret);
}
