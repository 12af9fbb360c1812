import { Injectable } from '@nestjs/common';
import { TODAY } from '../../database/change-number';
import type { CompiledStatement } from '../../database/compiled-statement';
import { type KeyedWrite, type KeyUse, keyUseOf } from '../../database/keyed-write';
import { Lanes } from '../../database/lanes/lanes';
import type { UserScope } from '../../user-scope/user-scope';

export const repliesStatements = {
  /**
   * [key, request]: the columns of `enter_change_once`. Of today and yesterday; numbers of a feed may be a
   * little ahead of the clock.
   */
  find: {
    name: 'reply_find',
    text: `select null, false, request = $3::uuid, task_id, version, status
      from replies
      where user_id = $1 and day in (${TODAY} - 1, ${TODAY}, ${TODAY} + 1) and key = $2::uuid`,
  },
} as const satisfies Record<string, CompiledStatement>;

/** The replies to the writes of one user. They are stored by the writes themselves. */
@Injectable()
export class StoredReplies {
  readonly #statements: typeof repliesStatements;

  constructor(private readonly lanes: Lanes) {
    this.#statements = lanes.register(repliesStatements);
  }

  async find(
    scope: UserScope,
    { key, request }: Pick<KeyedWrite, 'key' | 'request'>,
  ): Promise<KeyUse | undefined> {
    const [row] = await this.lanes.run(scope, this.#statements.find, [key, request]);
    return row && keyUseOf(row);
  }
}
