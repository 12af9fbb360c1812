import { randomBytes } from 'node:crypto';

/** 37 bytes each; a payload has room for 8,000. */
export const MOST_USERS_OF_PAYLOAD = 200;
/** Instead of a user: all feeds have changed. */
export const EVERYBODY = '*';

/** The channel on which processes notify each other of changed feeds, as one of them uses it. */
export class ChangeChannel {
  static readonly NAME = 'task_changes';
  static readonly NOTIFY = `select pg_catalog.pg_notify('${ChangeChannel.NAME}', $1)`;
  /** A process wakes its own streams before it notifies others, and ignores its own notifications. */
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

/** Runs NOTIFY on a session that is in no transaction. */
type Notify = (text: string, values: string[]) => Promise<unknown>;

/**
 * Notifies watchers of feeds that a command has changed. What cannot be sent is dropped: they also
 * poll.
 */
export async function announceChanges(userIds: readonly string[], notify: Notify): Promise<void> {
  const channel = new ChangeChannel();
  for (let first = 0; first < userIds.length; first += MOST_USERS_OF_PAYLOAD) {
    const payload = channel.payloadOf(userIds.slice(first, first + MOST_USERS_OF_PAYLOAD));
    await notify(ChangeChannel.NOTIFY, [payload]).catch(() => undefined);
  }
}
