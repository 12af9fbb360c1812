/**
 * The first number that `enter_change` took for the statement that follows it in its transaction: the
 * version of what the statement writes. Further ones follow without a gap.
 */
export const CHANGE_NUMBER = `current_setting('app.change')::bigint`;

/** Whether there is one: a user without an account has no feed, and nothing to write. */
export const HAS_CHANGE_NUMBER = `current_setting('app.change') <> ''`;
