import { Logger } from '@nestjs/common';
import type { Lane, LaneListener } from './lane';
import { REOPEN_FIRST_MS, REOPEN_MOST_MS } from './limits';

export interface LaneSetOptions {
  readonly size: number;
  readonly open: (listener: Pick<LaneListener, 'onRetired'>) => Promise<Lane>;
  readonly onOpened: () => void;
  /** Whether a statement waits for a lane. */
  readonly isWanted: () => boolean;
}

/**
 * The lanes that are open. One that is lost or retires is replaced when the next statement comes:
 * without requests nothing is opened, so that an idle database may sleep.
 */
export class LaneSet {
  readonly #logger = new Logger('Lanes');
  #lanes: readonly Lane[] = [];
  #opening = 0;
  /** Runs while no lane may be opened, after a failure. */
  #pause: NodeJS.Timeout | undefined;
  #pauseMs = REOPEN_FIRST_MS;
  #isClosing = false;
  #reopened = 0;

  constructor(private readonly options: LaneSetOptions) {}

  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  get isComplete(): boolean {
    return this.#lanes.length === this.options.size;
  }

  /** How many have been replaced since the start. */
  get reopened(): number {
    return this.#reopened;
  }

  async open(): Promise<void> {
    await Promise.all(Array.from({ length: this.options.size }, () => this.#add()));
  }

  /** Opens those that are missing, as a statement has come. */
  complete(): void {
    if (this.#isClosing || this.#pause !== undefined) return;
    for (let n = this.#lanes.length + this.#opening; n < this.options.size; n += 1) {
      this.#opening += 1;
      void this.#reopen().finally(() => {
        this.#opening -= 1;
      });
    }
  }

  /** Waits for what is in flight. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#pause);
    const open = this.#lanes;
    this.#lanes = [];
    await Promise.all(open.map((lane) => lane.close()));
  }

  async #add(): Promise<void> {
    const lane = await this.options.open({
      onRetired: (retired) => {
        this.#remove(retired);
      },
    });
    if (this.#isClosing) return lane.close();
    this.#lanes = [...this.#lanes, lane];
    this.options.onOpened();
  }

  async #reopen(): Promise<void> {
    try {
      await this.#add();
      this.#reopened += 1;
      this.#pauseMs = REOPEN_FIRST_MS;
    } catch {
      this.#startPause();
    }
  }

  #startPause(): void {
    if (this.#isClosing || this.#pause !== undefined) return;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      if (this.options.isWanted()) this.complete();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, REOPEN_MOST_MS);
  }

  #remove(retired: Lane): void {
    if (!this.#lanes.includes(retired)) return;
    this.#lanes = this.#lanes.filter((lane) => lane !== retired);
    if (!retired.isLost) {
      this.#logger.warn('A database lane is out of date; the next statement opens another one');
    } else if (retired.load > 0) {
      this.#logger.warn('A database lane was lost; the next statement opens another one');
    } else {
      this.#logger.log('An idle database lane was closed; the next statement opens another one');
    }
  }
}
