/** Whether proofs by many requests run in full, as `.ci/run --all` has them, or in a smaller form. */
export const LARGE_PROOFS = process.env['LARGE_PROOFS'] === '1';
