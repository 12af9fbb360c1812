/**
 * The first number that `enter_change` took for the statement that follows it in its transaction: the
 * version of what the statement writes. Further ones follow without a gap. Null for a user without an
 * account, who has nothing to write; Citus computes it before it looks for a row.
 */
export const CHANGE_NUMBER = `nullif(current_setting('app.change'), '')::bigint`;

/** What a number is that is taken now: the clock, in microseconds since 1970. */
export const NUMBER_OF_NOW = `(date_part('epoch', now()) * 1000000)::bigint`;

/** Days since 1970, as replies are kept by. */
export const TODAY = `floor(date_part('epoch', now()) / 86400)::int`;
