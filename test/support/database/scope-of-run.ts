const { TEST_DATABASE_SCOPE } = process.env;

/**
 * How every server of the run enters the scope of a user, where a test does not say it:
 * TEST_DATABASE_SCOPE, or the default of the product.
 */
export const SCOPE_OF_RUN: Readonly<Record<string, string>> =
  TEST_DATABASE_SCOPE === undefined ? {} : { DATABASE_SCOPE: TEST_DATABASE_SCOPE };
