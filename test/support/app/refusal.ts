import { ProblemError } from '../../../src/problems/problem-error';

/** The problem that the work ends in, whether it throws or rejects. Fails when it succeeds. */
export async function refusalOf(work: () => unknown): Promise<ProblemError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  throw new Error('It was accepted');
}
