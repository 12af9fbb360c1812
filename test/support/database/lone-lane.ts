import type {
  CompiledStatement,
  Row,
  StatementValue,
} from '../../../src/database/compiled-statement';
import { Lane } from '../../../src/database/lanes/lane';
import type { LaneOptions } from '../../../src/database/lanes/lane-connection';
import { costOf } from '../../../src/database/lanes/lane-queue';
import type { UserScope } from '../../../src/user-scope/user-scope';

/** A lane of a test's own: a statement that leaves it unrun is not tried on another one. */
export class LoneLane {
  private constructor(private readonly lane: Lane) {}

  static async open(
    options: LaneOptions,
    statements: readonly CompiledStatement[],
  ): Promise<LoneLane> {
    const lane = await Lane.open(options, statements, {
      onRetired: () => undefined,
      onBatch: () => undefined,
      onDeparture: (_, { resolve, reject }, outcome) => {
        if (outcome.kind === 'committed') resolve(outcome.answer.rows);
        else reject('error' in outcome ? outcome.error : new Error(outcome.kind));
      },
    });
    return new LoneLane(lane);
  }

  run(
    scope: UserScope,
    statement: CompiledStatement,
    values: readonly StatementValue[] = [],
  ): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      const cost = costOf(statement, values);
      this.lane.take({
        scope,
        statement,
        values,
        cost,
        lanesLeft: 0,
        queuedAt: 0,
        resolve,
        reject,
      });
    });
  }

  close(): Promise<void> {
    return this.lane.close();
  }
}
