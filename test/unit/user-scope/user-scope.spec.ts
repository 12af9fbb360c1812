import { describe, expect, it } from '@jest/globals';
import { UserScope } from '../../../src/user-scope/user-scope';

const USER = '0c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5';

/** What a repository asks for. */
const rowsOf = ({ userId }: UserScope): string => userId;

describe('a user scope', () => {
  it('names the user', () => {
    expect(rowsOf(UserScope.of(USER))).toBe(USER);
  });

  it('cannot be changed', () => {
    expect(() => Object.assign(UserScope.of(USER), { userId: 'x' })).toThrow(TypeError);
  });

  it('is no look-alike: these calls do not compile', () => {
    // @ts-expect-error -- a bare id is no scope
    const bare = () => rowsOf(USER);
    // @ts-expect-error -- an object of the same shape
    const shaped = () => rowsOf({ userId: USER });
    // @ts-expect-error -- nothing is no scope
    const nothing = () => rowsOf(undefined);
    // @ts-expect-error -- made by anybody
    const made = () => rowsOf(new UserScope(USER));

    expect([bare, shaped, nothing, made]).toHaveLength(4);
  });
});
