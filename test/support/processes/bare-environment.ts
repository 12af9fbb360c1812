/** For what a test starts: how to find programs, and no setting of the shell that runs the tests. */
export function bareEnvironment(): { readonly PATH: string; readonly HOME: string } {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME };
}
