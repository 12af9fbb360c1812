import type { Answer } from '../http/http-sender';
import type { Caller } from '../app/tokens';

export interface AddressedCaller extends Caller {
  readonly email: string;
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const REQUEST_ID = /"request_id":"[^"]*"/;

/** Knows whose everything is, and reads answers for what is not their receiver's. */
export class OwnershipChecker {
  readonly #ownerById = new Map<string, string>();

  constructor(callers: readonly AddressedCaller[]) {
    for (const { userId } of callers) this.#ownerById.set(userId, userId);
  }

  /** Tells it of a task. */
  own({ userId }: Caller, taskId: string): void {
    this.#ownerById.set(taskId, userId);
  }

  /** What in the answer is not the caller's; nothing where all is well. */
  breachesIn(caller: AddressedCaller, { status, headers, body }: Answer): readonly string[] {
    const { userId, email } = caller;
    const breaches: string[] = [];
    // Every id counts, wherever it stands: of users, of tasks, in rows, cursors, links and problems.
    const text = [body.replace(REQUEST_ID, ''), headers.location, headers['link']].join('\n');
    for (const [id] of text.matchAll(UUID)) {
      const owner = this.#ownerById.get(id);
      if (owner !== undefined && owner !== userId) breaches.push(`${id} is of ${owner}`);
    }
    if (status === 200 || status === 201) {
      for (const row of rowsIn(body)) {
        const isOwn =
          'title' in row
            ? row.user_id === userId && row.title === `of ${userId}`
            : row.id === userId && (row.email === email || row.email === null);
        if (!isOwn) breaches.push(`a row of somebody else: ${JSON.stringify(row)}`);
      }
    }
    return breaches;
  }
}

interface Row {
  readonly id: string;
  readonly user_id?: string;
  readonly title?: string;
  readonly email?: string | null;
  readonly deleted_at?: string;
}

type Content =
  | Row
  | { readonly items: readonly Row[] }
  | { readonly results: readonly { readonly task?: Row }[] };

/** The rows of one, of a page, and of a bulk. Of a task that was deleted there is an id alone. */
function rowsIn(body: string): readonly Row[] {
  const content = JSON.parse(body) as Content;
  if ('results' in content) return content.results.flatMap(({ task }) => task ?? []);
  const rows = 'items' in content ? content.items : [content];
  return rows.filter((row) => 'title' in row || !('deleted_at' in row));
}
