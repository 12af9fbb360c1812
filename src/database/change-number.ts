/**
 * The first number that `enter_change` took for the statement that follows it in its transaction: the
 * version of what the statement writes. Further ones follow without a gap.
 */
export const CHANGE_NUMBER = `current_setting('app.change')::bigint`;

/** Whether there is one: a user without an account has no feed, and nothing to write. */
export const HAS_CHANGE_NUMBER = `current_setting('app.change') <> ''`;

/** What a number is that is taken now: the clock, in microseconds since 1970. */
export const NUMBER_OF_NOW = `(date_part('epoch', now()) * 1000000)::bigint`;

/** Days since 1970, as replies are kept by. */
export const TODAY = `floor(date_part('epoch', now()) / 86400)::int`;
