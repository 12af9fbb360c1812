import { Logger } from '@nestjs/common';
import { errorFacts } from '../../logging/error-facts';
import type { Finding } from '../finding';
import {
  type IsolationChecks,
  type IsolationVerdict,
  type CheckOutcome,
  NOT_CHECKED_YET,
} from '../../user-scope/isolation-status';

/** A single failed check may have met a repair halfway, such as a policy that is being replaced. */
const WRONG_IN_A_ROW = 2;

/**
 * Checks the catalogue again while requests come, in one process of the server. There is no timer:
 * without requests there is no check, and an idle database may sleep.
 */
export class IsolationWatch implements IsolationChecks {
  readonly #logger = new Logger('Isolation');
  #verdict = NOT_CHECKED_YET;
  #listener: (verdict: IsolationVerdict) => void = () => undefined;
  #wrongInARow = 0;
  #looking = false;
  /** The gate has checked just before. */
  #lookedAt = performance.now();

  /** @param look returns the findings, or rejects if it cannot check */
  constructor(
    private readonly look: () => Promise<readonly Finding[]>,
    private readonly everyMs: number,
  ) {}

  request(): void {
    if (this.#looking || performance.now() - this.#lookedAt < this.everyMs) return;
    this.#looking = true;
    void this.#lookAgain().finally(() => {
      this.#looking = false;
      this.#lookedAt = performance.now();
    });
  }

  onVerdict(listener: (verdict: IsolationVerdict) => void): void {
    this.#listener = listener;
    listener(this.#verdict);
  }

  async #lookAgain(): Promise<void> {
    try {
      const findings = await this.look();
      if (findings.length === 0) this.#foundRight();
      else this.#foundWrong(findings);
    } catch (error) {
      // Nothing is known to be wrong, so the server continues as before.
      this.#logger.warn({
        msg: 'could not check the isolation',
        error: errorFacts(error, false),
      });
      this.#conclude('failed', this.#verdict.lost);
    }
  }

  #foundRight(): void {
    this.#wrongInARow = 0;
    if (this.#verdict.lost) {
      this.#logger.log({ msg: 'the database isolates users again: requests are served' });
    }
    this.#conclude('right', false);
  }

  #foundWrong(findings: readonly Finding[]): void {
    this.#wrongInARow += 1;
    const lost = this.#wrongInARow >= WRONG_IN_A_ROW;
    const msg = lost
      ? 'the database does not isolate users: requests are refused until it does'
      : 'the database does not isolate users: requests are refused if the next look says so too';
    const remedies = Array.from(new Set(findings.flatMap((finding) => finding.remedies)));
    const facts = { msg, findings: findings.map(({ what }) => what), remedies };
    if (lost) this.#logger.error(facts);
    else this.#logger.warn(facts);
    this.#conclude('wrong', lost || this.#verdict.lost);
  }

  #conclude(outcome: CheckOutcome, lost: boolean): void {
    const { checks } = this.#verdict;
    this.#verdict = { lost, checks: { ...checks, [outcome]: checks[outcome] + 1 } };
    this.#listener(this.#verdict);
  }
}
