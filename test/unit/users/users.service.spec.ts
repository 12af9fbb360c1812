import { describe, expect, it } from '@jest/globals';
import type { Identity } from '../../../src/auth/identity';
import { UserScope } from '../../../src/user-scope/user-scope';
import {
  EmailTakenError,
  type UserRow,
  type UsersRepository,
} from '../../../src/users/users.repository';
import { UsersService } from '../../../src/users/users.service';
import { refusalOf } from '../../support/app/refusal';
import { OWN_SCOPE_NAMES } from '../../support/app/issuers';

const ID = '0c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5';
const SCOPE = UserScope.of(ID);
const row = (email: string | null): UserRow => ({
  id: ID,
  email,
  createdAt: '2026-11-22T09:30:00.125Z',
});
const identity = (email: string | null): Identity => ({
  userId: ID,
  subject: ID,
  email,
  scopes: 'unrestricted',
  scopeNames: OWN_SCOPE_NAMES,
  expiresAt: 0,
});

/** One row, and addresses that belong to others. */
class FakeUsers implements Pick<UsersRepository, 'find' | 'insert' | 'setEmail' | 'delete'> {
  readonly calls: string[] = [];

  constructor(
    public stored: UserRow | undefined,
    readonly taken: readonly string[] = [],
  ) {}

  find(): Promise<UserRow | undefined> {
    this.calls.push('find');
    return Promise.resolve(this.stored);
  }

  insert(_: UserScope, email: string | null): Promise<UserRow | undefined> {
    this.calls.push(`insert ${String(email)}`);
    if (email !== null && this.taken.includes(email)) return Promise.reject(new EmailTakenError());
    if (this.stored !== undefined) return Promise.resolve(undefined);
    this.stored = row(email);
    return Promise.resolve(this.stored);
  }

  setEmail(_: UserScope, email: string): Promise<UserRow | undefined> {
    this.calls.push(`set ${email}`);
    if (this.taken.includes(email)) return Promise.reject(new EmailTakenError());
    if (this.stored !== undefined) this.stored = row(email);
    return Promise.resolve(this.stored);
  }

  delete(): Promise<boolean> {
    const existed = this.stored !== undefined;
    this.stored = undefined;
    return Promise.resolve(existed);
  }
}

const serviceOn = (users: FakeUsers): UsersService =>
  new UsersService(users as unknown as UsersRepository);

describe('provisioning', () => {
  it('makes the row with the address', async () => {
    const users = new FakeUsers(undefined);
    await serviceOn(users).provision(SCOPE, identity('a@example.com'));

    expect(users.stored).toEqual(row('a@example.com'));
  });

  it('leaves out an address that is taken', async () => {
    const users = new FakeUsers(undefined, ['a@example.com']);
    await serviceOn(users).provision(SCOPE, identity('a@example.com'));

    expect(users.stored).toEqual(row(null));
  });

  it('leaves a row that is there as it is', async () => {
    const users = new FakeUsers(row('old@example.com'));
    await serviceOn(users).provision(SCOPE, identity('new@example.com'));

    expect(users.stored).toEqual(row('old@example.com'));
  });

  it('passes on whatever else goes wrong', async () => {
    const users = new FakeUsers(undefined);
    const failure = new Error('no database');
    users.insert = () => Promise.reject(failure);

    await expect(serviceOn(users).provision(SCOPE, identity(null))).rejects.toBe(failure);
  });
});

describe('a refresh', () => {
  it('makes a missing row', async () => {
    const users = new FakeUsers(undefined);

    expect(await serviceOn(users).refresh(SCOPE, identity(null))).toEqual({
      user: row(null),
      created: true,
    });
  });

  it('brings the address up to date', async () => {
    const users = new FakeUsers(row('old@example.com'));

    expect(await serviceOn(users).refresh(SCOPE, identity('new@example.com'))).toEqual({
      user: row('new@example.com'),
      created: false,
    });
  });

  it('keeps the address where the token has none', async () => {
    const users = new FakeUsers(row('old@example.com'));

    expect((await serviceOn(users).refresh(SCOPE, identity(null))).user).toEqual(
      row('old@example.com'),
    );
  });

  it.each([undefined, row(null)])(
    'tells that the address is taken, and keeps %j',
    async (stored) => {
      const users = new FakeUsers(stored, ['a@example.com']);
      const refusal = await refusalOf(() =>
        serviceOn(users).refresh(SCOPE, identity('a@example.com')),
      );

      expect(refusal.code).toBe('email-taken');
      expect(users.stored).toEqual(stored);
    },
  );

  it('starts over where a deletion comes between, and gives up in the end', async () => {
    const users = new FakeUsers(undefined);
    users.insert = () => Promise.resolve(undefined);
    users.setEmail = () => Promise.resolve(undefined);
    const refusal = await refusalOf(() => serviceOn(users).refresh(SCOPE, identity('a@b.example')));

    expect([refusal.code, refusal.headers]).toEqual(['busy', { 'Retry-After': '1' }]);
  });
});

describe('the own account', () => {
  it('is found', async () => {
    expect(await serviceOn(new FakeUsers(row(null))).get(SCOPE)).toEqual(row(null));
  });

  it.each(['get', 'delete'] as const)('is told to be missing by %s', async (method) => {
    const refusal = await refusalOf(() => serviceOn(new FakeUsers(undefined))[method](SCOPE));

    expect(refusal.code).toBe('user-not-provisioned');
  });

  it('is erased', async () => {
    const users = new FakeUsers(row(null));
    await serviceOn(users).delete(SCOPE);

    expect(users.stored).toBeUndefined();
  });
});
