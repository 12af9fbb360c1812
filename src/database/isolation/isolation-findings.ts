import type { Finding } from '../finding';
import type { IsolationFacts } from './isolation-facts';
import { sessionFindings } from './session-findings';
import { tableFindings } from './table-findings';

/** Judges the catalogue's facts: what would let a session of the API reach past its scope. */
export function findingsOf(facts: IsolationFacts): readonly Finding[] {
  return [...sessionFindings(facts), ...tableFindings(facts)];
}
