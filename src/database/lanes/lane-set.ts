import { Logger } from '@nestjs/common';
import type { Lane, LaneListener } from './lane';
import { REOPEN_FIRST_MS, REOPEN_MOST_MS } from './limits';

export interface LaneSetOptions {
  readonly size: number;
  readonly open: (listener: Pick<LaneListener, 'onRetired'>) => Promise<Lane>;
  readonly onOpened: () => void;
}

/** The lanes that are open. One that retires or is lost is replaced. */
export class LaneSet {
  readonly #logger = new Logger('Lanes');
  readonly #reopenings = new Set<NodeJS.Timeout>();
  #lanes: readonly Lane[] = [];
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

  /** Waits for what is in flight. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const timer of this.#reopenings) clearTimeout(timer);
    const open = this.#lanes;
    this.#lanes = [];
    await Promise.all(open.map((lane) => lane.close()));
  }

  async #add(): Promise<void> {
    const lane = await this.options.open({
      onRetired: (retired) => {
        this.#replace(retired);
      },
    });
    if (this.#isClosing) return lane.close();
    this.#lanes = [...this.#lanes, lane];
    this.options.onOpened();
  }

  #replace(retired: Lane): void {
    if (!this.#lanes.includes(retired)) return;
    this.#lanes = this.#lanes.filter((lane) => lane !== retired);
    this.#logger.warn(
      retired.isLost
        ? 'A database lane was lost; reconnecting'
        : 'A database lane is out of date; another one takes its place',
    );
    this.#reopen(REOPEN_FIRST_MS);
  }

  #reopen(delay: number): void {
    if (this.#isClosing) return;
    const timer = setTimeout(() => {
      this.#reopenings.delete(timer);
      this.#add().then(
        () => (this.#reopened += 1),
        () => this.#reopen(Math.min(delay * 2, REOPEN_MOST_MS)),
      );
    }, delay);
    this.#reopenings.add(timer);
  }
}
