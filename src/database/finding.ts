/** A reason why the API must not serve from this database, and the SQL that removes it. */
export interface Finding {
  readonly what: string;
  readonly remedies: readonly string[];
}

/** The database cannot hold the tables as it is; the message says what to run or to set. */
export class DatabaseObstaclesError extends Error {
  constructor(findings: readonly Finding[]) {
    const remedies = new Set(findings.flatMap(({ remedies }) => remedies));
    const lines = [
      'The database cannot be used as it is:',
      ...findings.map(({ what }) => `  ${what}`),
      'What to do (SQL is for an administrator of the database):',
      ...Array.from(remedies, (remedy) => `  ${remedy}`),
    ];
    super(lines.join('\n'));
    this.name = 'DatabaseObstaclesError';
  }
}

/** @throws DatabaseObstaclesError */
export function requireNoObstacles(findings: readonly Finding[]): void {
  if (findings.length > 0) throw new DatabaseObstaclesError(findings);
}
