import { randomBytes } from 'node:crypto';

/** 37 bytes each; a payload has room for 8,000. */
export const MOST_USERS_OF_PAYLOAD = 200;

/** Where processes tell each other whose feeds have changed, as one of them speaks and hears. */
export class ChangeChannel {
  static readonly NAME = 'task_changes';
  /** A process has woken its own streams before it tells others, and ignores its own news. */
  readonly #ownName = randomBytes(6).toString('base64url');

  payloadOf(userIds: readonly string[]): string {
    return [this.#ownName, ...userIds].join(' ');
  }

  /** The users that another process names. */
  usersOf(payload: string | undefined): readonly string[] {
    const [sender, ...userIds] = (payload ?? '').split(' ');
    return sender === this.#ownName ? [] : userIds;
  }
}
