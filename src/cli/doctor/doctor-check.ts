import type { Finding } from '../../database/finding';

export type CheckStatus = 'ok' | 'warn' | 'fail';

/** What was looked at, what was found, and what to do about it. */
export interface Check {
  readonly name: string;
  readonly status: CheckStatus;
  readonly detail: string;
  /** Empty where there is nothing to do. */
  readonly remedies: readonly string[];
}

export function ok(name: string, detail: string): Check {
  return { name, status: 'ok', detail, remedies: [] };
}

/** The API serves, but the operator should know. */
export function warn(name: string, detail: string, ...remedies: readonly string[]): Check {
  return { name, status: 'warn', detail, remedies };
}

/** The API does not start like this, or would lose or disclose data. */
export function fail(name: string, detail: string, ...remedies: readonly string[]): Check {
  return { name, status: 'fail', detail, remedies };
}

/** @param findings one at least */
export function findingsCheck(name: string, findings: readonly Finding[]): Check {
  const remedies = new Set(findings.flatMap((finding) => finding.remedies));
  return fail(name, findings.map(({ what }) => what).join('; '), ...remedies);
}

/** For people: a line for each check, and below it what to do. */
export function describeChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length)) + 2;
  const indent = ' '.repeat('warn  '.length + width);
  const lines = checks.flatMap(({ name, status, detail, remedies }) => [
    `${status.padEnd('warn  '.length)}${name.padEnd(width)}${detail}`,
    ...remedies.map((remedy) => `${indent}→ ${remedy}`),
  ]);
  return `${lines.join('\n')}\n`;
}
