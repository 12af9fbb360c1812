/**
 * Numbers that look random and are the same wherever and whenever they are drawn: sfc32, a generator
 * that passes PractRand (Chris Doty-Humphrey, http://pracrand.sourceforge.net). Not for secrets.
 */
export class SeedRandom {
  #a: number;
  #b: number;
  #c = SALT;
  #counter = 1;

  /** The same pair gives the same numbers; another pair gives others. */
  constructor(first: number, second: number) {
    this.#a = first | 0;
    this.#b = second | 0;
    for (let round = 0; round < WARM_UP_ROUNDS; round += 1) this.uint32();
  }

  /** 0 to 2^32 - 1. */
  uint32(): number {
    const result = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** 0 to 1, without 1. */
  fraction(): number {
    return this.uint32() / 2 ** 32;
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.uint32() % items.length] ?? items[0];
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let index = 0; index < length; index += 1) bytes[index] = this.uint32() & 0xff;
    return bytes;
  }
}

const WARM_UP_ROUNDS = 12;
/** Any constant; another one would generate other tasks. */
const SALT = 0x7461736b;
