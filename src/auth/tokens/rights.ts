import type { JWTPayload } from 'jose';
import type { Scope } from '../../config/issuers/scopes';

export type Rights = ReadonlySet<Scope> | 'unrestricted';

/** How the tokens of an issuer say what they may do. */
export interface RightsRules {
  /** The claims that may name rights, in order. */
  readonly claims: readonly string[];
  /** The scopes of this API that a word of such a claim stands for. */
  readonly grants: ReadonlyMap<string, readonly Scope[]>;
  /** What the issuer calls each scope. */
  readonly names: Readonly<Record<Scope, string>>;
  /** Words that say nothing about this API. */
  readonly neutral: ReadonlySet<string>;
  /** Whether a token without scopes may do nothing instead of everything. */
  readonly required: boolean;
}

const NOTHING: ReadonlySet<Scope> = new Set();

/** A claim that the token has, as a list of words. */
interface Stated {
  readonly name: string;
  readonly value: unknown;
  readonly words: readonly unknown[];
}

/**
 * What a token may do. The first claim that names a right of ours decides alone: claims are never
 * united, because a provider may send both what this client asked for and all that the user has.
 * Where no claim names one of ours, anything but neutral words restricts the token to something
 * else.
 */
export function rightsOf(claims: JWTPayload, rules: RightsRules): Rights {
  const stated = rules.claims
    .filter((name) => Object.hasOwn(claims, name))
    .map((name) => ({ name, value: claims[name], words: wordsIn(claims[name]) }));
  if (stated.some(grantsNothing)) return NOTHING;
  for (const { words } of stated) {
    const scopes = new Set(words.flatMap((word) => scopesOf(word, rules)));
    if (scopes.size > 0) return scopes;
  }
  const saysNothing = stated.every(({ words }) => words.every((word) => isNeutral(word, rules)));
  return saysNothing && !rules.required ? 'unrestricted' : NOTHING;
}

/** RFC 6749 §3.3: a space separates words, and nothing else. A value of another type is one unknown word. */
function wordsIn(value: unknown): readonly unknown[] {
  if (typeof value === 'string') return value.split(' ').filter((word) => word !== '');
  return Array.isArray(value) ? value : [value];
}

/**
 * An empty list, or an empty `permissions`, means a user without rights. An empty text elsewhere
 * means that the client asked for no scope.
 */
function grantsNothing({ name, value, words }: Stated): boolean {
  return words.length === 0 && (typeof value !== 'string' || name === 'permissions');
}

function scopesOf(word: unknown, { grants }: RightsRules): readonly Scope[] {
  return typeof word === 'string' ? (grants.get(word) ?? []) : [];
}

function isNeutral(word: unknown, { neutral }: RightsRules): boolean {
  return typeof word === 'string' && neutral.has(word);
}
