import { DatabaseRefusal } from '../database-errors';

export interface TurnRules {
  /** Turns at a time. */
  readonly places: number;
  /** Of them, the turns that only urgent work may take. */
  readonly reserved: number;
  /** Of them, the most that one user may have, plus one for urgent work. */
  readonly ofUser: number;
  /** How long a request waits for its turn, in milliseconds. */
  readonly waitMs: number;
}

export interface TurnRequest {
  readonly userId: string;
  /** It goes before all others, and never waits for those of its own user. */
  readonly isUrgent: boolean;
  /** Aborted when the turn is no longer wanted. */
  readonly signal: AbortSignal | undefined;
}

/** Ends a turn. */
export type EndTurn = () => void;

interface Waiting {
  readonly wish: TurnRequest;
  readonly start: () => void;
  /** Ends the wait without a turn. */
  readonly refuse: () => void;
}

/** The number that may wait, and one user's part of it. */
const MOST_WAITING = 512;
const MOST_WAITING_OF_USER = 64;

/**
 * Turns at a scarce resource. Each user has a share of them, and the waiting user with the fewest
 * turns is next: nobody waits behind another user's crowd.
 */
export class FairTurns {
  readonly #rules: TurnRules;
  readonly #held = new Map<string, number>();
  /** By number, when users who have or want turns began their last one. */
  readonly #lastTurns = new Map<string, number>();
  #started = 0;
  #taken = 0;
  #waiting: Waiting[] = [];

  constructor(rules: TurnRules) {
    this.#rules = rules;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * @throws DatabaseRefusal `overloaded` where there is no turn in time
   * @throws the reason of the signal
   */
  async take(wish: TurnRequest): Promise<EndTurn> {
    wish.signal?.throwIfAborted();
    if (this.#isFree(wish)) this.#start(wish);
    else await this.#wait(wish);
    return () => {
      this.#end(wish);
    };
  }

  #isFree({ userId, isUrgent }: TurnRequest): boolean {
    const { places, reserved, ofUser } = this.#rules;
    if (isUrgent) return this.#taken < places && this.#heldBy(urgent(userId)) === 0;
    return this.#taken < places - reserved && this.#heldBy(userId) < ofUser;
  }

  #wait(wish: TurnRequest): Promise<void> {
    if (!this.#makeRoom(wish)) return Promise.reject(new DatabaseRefusal('overloaded'));
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        wish.signal?.removeEventListener('abort', abort);
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
      };
      const refuse = (): void => {
        leave();
        reject(new DatabaseRefusal('overloaded'));
      };
      const waiting = {
        wish,
        refuse,
        start: () => {
          leave();
          this.#start(wish);
          resolve();
        },
      };
      const abort = (): void => {
        leave();
        reject(wish.signal?.reason as Error);
      };
      const timer = setTimeout(refuse, this.#rules.waitMs);
      wish.signal?.addEventListener('abort', abort);
      this.#waiting.push(waiting);
    });
  }

  /** If all places are taken, another user may have to give one up. */
  #makeRoom({ userId }: TurnRequest): boolean {
    const userOf = ({ wish }: Waiting): string => wish.userId;
    const own = this.#waiting.filter((waiting) => userOf(waiting) === userId);
    if (own.length >= MOST_WAITING_OF_USER) return false;
    if (this.#waiting.length < MOST_WAITING) return true;
    const places = this.#waiting.filter(({ wish }) => !wish.isUrgent);
    const given = givenPlace(places, userOf, userId);
    given?.refuse();
    return given !== undefined;
  }

  #start({ userId, isUrgent }: TurnRequest): void {
    this.#taken += 1;
    this.#started += 1;
    this.#lastTurns.set(userId, this.#started);
    this.#count(isUrgent ? urgent(userId) : userId, 1);
  }

  #end({ userId, isUrgent }: TurnRequest): void {
    this.#taken -= 1;
    this.#count(isUrgent ? urgent(userId) : userId, -1);
    this.#next()?.start();
    const wantsMore = this.#waiting.some(({ wish }) => wish.userId === userId);
    if (!wantsMore && this.#heldBy(userId) === 0) this.#lastTurns.delete(userId);
  }

  /** Of users with equally many turns, the one whose last turn began first, so that crowds alternate. */
  #next(): Waiting | undefined {
    const free = this.#waiting.filter(({ wish }) => this.#isFree(wish));
    const rank = ({ wish: { userId, isUrgent } }: Waiting): number =>
      isUrgent ? -1 : this.#heldBy(userId);
    const lastTurn = ({ wish: { userId } }: Waiting): number => this.#lastTurns.get(userId) ?? 0;
    return free.sort((one, other) => rank(one) - rank(other) || lastTurn(one) - lastTurn(other))[0];
  }

  #heldBy(holder: string): number {
    return this.#held.get(holder) ?? 0;
  }

  #count(holder: string, by: number): void {
    const held = this.#heldBy(holder) + by;
    if (held > 0) this.#held.set(holder, held);
    else this.#held.delete(holder);
  }
}

/** A name beside the user's own, so that urgent work has a turn of its own. */
function urgent(userId: string): string {
  return `urgent ${userId}`;
}

/**
 * Which place goes to a further request of this user when all are taken: the latest one of the user
 * with the most. So a few users cannot keep the next one out. No user gives up a place if the other
 * would then have more.
 */
export function givenPlace<Place>(
  places: readonly Place[],
  userOf: (place: Place) => string,
  userId: string,
): Place | undefined {
  const counts = new Map<string, number>();
  for (const place of places) counts.set(userOf(place), (counts.get(userOf(place)) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  if (most <= (counts.get(userId) ?? 0) + 1) return undefined;
  return places.findLast((place) => counts.get(userOf(place)) === most);
}
