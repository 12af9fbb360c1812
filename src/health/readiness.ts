import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { DatabaseProbe } from '../database/database-probe';
import { IsolationStatus } from '../user-scope/isolation-status';
import { retryLater } from '../problems/problem-error';

/** Whether this process should receive requests. */
@Injectable()
export class Readiness implements BeforeApplicationShutdown {
  #draining = false;

  constructor(
    private readonly database: DatabaseProbe,
    private readonly isolation: IsolationStatus,
  ) {}

  /** Runs before the HTTP server closes, while begun requests finish. */
  beforeApplicationShutdown(): void {
    this.#draining = true;
  }

  /** Why not; undefined if it should. */
  async refusal(): Promise<Error | undefined> {
    if (this.#draining) return retryLater('shutting-down');
    return this.isolation.refusalOfProbe() ?? this.database.refusal();
  }
}
