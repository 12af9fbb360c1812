import { Logger } from '@nestjs/common';
import { formerUserIdOf, type Identity } from './identity';

/** Beyond this number, the process may warn of a user again. */
const REMEMBERED_USERS = 10_000;

/**
 * Warns the operator of users whose id changed when subjects became case-sensitive: tasks that they
 * made before are under the former id. Each process warns of a user once.
 */
export class FormerUserIds {
  readonly #logger = new Logger(FormerUserIds.name);
  readonly #warnedOf = new Set<string>();

  warnOf({ subject, userId }: Identity): void {
    const formerUserId = formerUserIdOf(subject);
    if (formerUserId === undefined || this.#warnedOf.has(userId)) return;
    if (this.#warnedOf.size >= REMEMBERED_USERS) this.#warnedOf.clear();
    this.#warnedOf.add(userId);
    this.#logger.warn({
      msg: 'the subject of a token is a UUID with upper-case letters: tasks that an earlier version made for it are under the former user id',
      user_id: userId,
      former_user_id: formerUserId,
    });
  }
}
