import { Injectable } from '@nestjs/common';
import { ScopedPool } from '../../database/pool/scoped-pool';
import { ProblemError, type RequestFault } from '../../problems/problem-error';
import type { UserScope } from '../../user-scope/user-scope';
import { UNKNOWN_ZONE } from '../dto/time-rules';

/** The names of time zones that PostgreSQL knows; of nobody's tasks, whoever the owner is. */
export const TIME_ZONES = 'select name from pg_timezone_names where $1::uuid is not null';

/**
 * The names of zones that PostgreSQL knows. It must know each stored one, or the moment of a due
 * would be undefined. Rules of the DTOs have asked JavaScript, which takes any case.
 */
@Injectable()
export class TimeZones {
  #names: Promise<ReadonlySet<string>> | undefined;

  constructor(private readonly pool: ScopedPool) {}

  /** @throws ProblemError `validation` where PostgreSQL does not know the name */
  async require(
    scope: UserScope,
    name: string | null | undefined,
    place: { readonly pointer: string } | { readonly parameter: string },
  ): Promise<void> {
    if (name === null || name === undefined) return;
    this.#names ??= this.#read(scope);
    const names = await this.#names;
    if (names.has(name)) return;
    const meant = [...names].find((one) => one.toLowerCase() === name.toLowerCase());
    const detail = meant === undefined ? UNKNOWN_ZONE : `must be spelt ${meant}`;
    const fault: RequestFault = { ...place, detail };
    throw new ProblemError('validation', { faults: [fault] });
  }

  async #read(scope: UserScope): Promise<ReadonlySet<string>> {
    try {
      const rows = await this.pool.run(scope, TIME_ZONES, [], { isUrgent: true });
      return new Set(rows.map(([name]) => name ?? ''));
    } catch (error) {
      this.#names = undefined;
      throw error;
    }
  }
}
