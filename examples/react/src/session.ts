import { useSyncExternalStore } from 'react';
import { API_URL } from './api-url';

const KEY = 'task-api-token';
const EMAIL = 'task-api-email';
const listeners = new Set<() => void>();

/** The access token of the user; null while nobody is signed in. */
export function currentToken(): string | null {
  return sessionStorage.getItem(KEY);
}

/** Names the user to the other tabs of this browser. */
export function currentEmail(): string {
  return sessionStorage.getItem(EMAIL) ?? '';
}

/**
 * Asks the development issuer of the API for a token. Online, the token comes from your OpenID provider
 * instead (README.md); nothing else of this example changes.
 */
export async function signIn(email: string): Promise<void> {
  const answer = await fetch(`${API_URL}/api/dev/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email }),
  });
  const body = (await answer.json().catch(() => ({}))) as {
    access_token?: string;
    detail?: string;
  };
  if (body.access_token === undefined) {
    throw new Error(body.detail ?? `The API at ${API_URL} did not answer (${answer.status}).`);
  }
  sessionStorage.setItem(EMAIL, email);
  store(body.access_token);
}

export function signOut(): void {
  store(null);
}

export function useToken(): string | null {
  return useSyncExternalStore(subscribe, currentToken);
}

function store(token: string | null): void {
  if (token === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
