import { createHash, type Hash } from 'node:crypto';

/**
 * A backup is SQL text, compressed by gzip: a header, the rows of each table as PostgreSQL's COPY
 * writes them, and a seal. So it can be read without this program, too: `zcat FILE | psql` fills a
 * database that has the same migrations.
 */
export interface BackupHead {
  readonly created_at: string;
  /** Of the server that was backed up, such as `18.4`. */
  readonly postgresql: string;
  /** The names of those that had made the schema, in order. */
  readonly migrations: readonly string[];
}

/** The last line, about everything before it. */
export interface BackupSeal {
  readonly rows: Readonly<Record<string, number>>;
  readonly sha256: string;
}

export interface BackupTable {
  readonly name: string;
  readonly columns: readonly string[];
}

export type BackupPart =
  | { readonly kind: 'head'; readonly head: BackupHead }
  | { readonly kind: 'table'; readonly table: BackupTable }
  /** Whole lines. */
  | { readonly kind: 'rows'; readonly text: Buffer; readonly count: number }
  | { readonly kind: 'table-end' }
  | { readonly kind: 'seal'; readonly seal: BackupSeal };

/** The file is no backup, or has changed since it was written. */
export class BackupError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BackupError';
  }
}

const SIGNATURE = '-- task-api backup 1\n';
const COMMENT = '-- ';
const COPY = /^copy "(\w+)" \("(\w+(?:", "\w+)*)"\) from stdin;\n$/;
const END_OF_ROWS = '\\.\n';
const NEW_LINE = 0x0a;
/** A row is far shorter, even one whose every character is escaped. */
const LONGEST_LINE_BYTES = 16 * 1024 * 1024;

/** Writes the text of a backup, part by part. */
export class BackupWriter {
  readonly #hash = createHash('sha256');
  readonly #rows: Record<string, number> = {};

  /** Rows of all tables so far. */
  get count(): number {
    return totalOf(this.#rows);
  }

  head(head: BackupHead): Buffer {
    return this.#sealed(`${SIGNATURE}${COMMENT}${JSON.stringify(head)}\n`);
  }

  table({ name, columns }: BackupTable): Buffer {
    this.#rows[name] = 0;
    const list = columns.map((column) => `"${column}"`).join(', ');
    return this.#sealed(`copy "${name}" (${list}) from stdin;\n`);
  }

  rows(table: string, text: Buffer): Buffer {
    this.#rows[table] = (this.#rows[table] ?? 0) + linesIn(text);
    this.#hash.update(text);
    return text;
  }

  tableEnd(): Buffer {
    return this.#sealed(END_OF_ROWS);
  }

  seal(): Buffer {
    const seal: BackupSeal = { rows: this.#rows, sha256: this.#hash.digest('hex') };
    return Buffer.from(`${COMMENT}${JSON.stringify(seal)}\n`);
  }

  #sealed(text: string): Buffer {
    this.#hash.update(text);
    return Buffer.from(text);
  }
}

export function totalOf(rows: BackupSeal['rows']): number {
  return Object.values(rows).reduce((sum, count) => sum + count, 0);
}

/**
 * Reads the text of a backup; the whole is never in memory.
 * @throws BackupError unless it ends with a seal that agrees with all that came before
 */
export async function* backupParts(text: AsyncIterable<Buffer>): AsyncGenerator<BackupPart> {
  const reader = new BackupReader();
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of text) {
    const known = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = known.lastIndexOf(NEW_LINE) + 1;
    rest = known.subarray(end);
    if (rest.length > LONGEST_LINE_BYTES) throw new BackupError('it has a line without an end');
    yield* reader.read(known.subarray(0, end));
  }
  if (!reader.isSealed || rest.length > 0) throw new BackupError('its end is missing');
}

class BackupReader {
  readonly #hash: Hash = createHash('sha256');
  readonly #rows: Record<string, number> = {};
  #state: 'signature' | 'head' | 'tables' | 'sealed' = 'signature';
  #table: string | undefined;

  get isSealed(): boolean {
    return this.#state === 'sealed';
  }

  /** @param lines whole lines, any number */
  *read(lines: Buffer): Generator<BackupPart> {
    let rest = lines;
    while (rest.length > 0) {
      const end = this.#table === undefined ? rest.indexOf(NEW_LINE) + 1 : endOfRows(rest);
      const text = rest.subarray(0, end);
      rest = rest.subarray(end);
      if (this.#table === undefined) yield* this.#line(text);
      else yield* this.#inTable(this.#table, text);
    }
  }

  *#line(text: Buffer): Generator<BackupPart> {
    const line = text.toString();
    if (this.#state === 'sealed') throw new BackupError('something follows its end');
    if (this.#state === 'signature') {
      if (line !== SIGNATURE) throw new BackupError('it is no backup of the Task API');
      this.#state = 'head';
    } else if (this.#state === 'head') {
      yield { kind: 'head', head: headIn(line) };
      this.#state = 'tables';
    } else if (line.startsWith(COMMENT)) {
      yield { kind: 'seal', seal: this.#checked(sealIn(line)) };
      this.#state = 'sealed';
      return;
    } else {
      const table = tableIn(line);
      if (table.name in this.#rows) throw new BackupError(`it has ${table.name} twice`);
      this.#rows[table.name] = 0;
      this.#table = table.name;
      yield { kind: 'table', table };
    }
    this.#hash.update(text);
  }

  *#inTable(table: string, text: Buffer): Generator<BackupPart> {
    this.#hash.update(text);
    if (text.equals(Buffer.from(END_OF_ROWS))) {
      this.#table = undefined;
      yield { kind: 'table-end' };
      return;
    }
    const count = linesIn(text);
    this.#rows[table] = (this.#rows[table] ?? 0) + count;
    yield { kind: 'rows', text, count };
  }

  #checked(seal: BackupSeal): BackupSeal {
    if (seal.sha256 !== this.#hash.digest('hex')) throw new BackupError('its checksum differs');
    const counted = JSON.stringify(Object.entries(this.#rows).sort());
    if (JSON.stringify(Object.entries(seal.rows).sort()) !== counted) {
      throw new BackupError('its numbers of rows differ');
    }
    return seal;
  }
}

/** Rows up to the line that ends them; that line alone where it comes first. */
function endOfRows(lines: Buffer): number {
  if (lines.indexOf(END_OF_ROWS) === 0) return END_OF_ROWS.length;
  const end = lines.indexOf(`\n${END_OF_ROWS}`);
  return end < 0 ? lines.length : end + 1;
}

function linesIn(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(NEW_LINE); at >= 0; at = text.indexOf(NEW_LINE, at + 1)) count += 1;
  return count;
}

function tableIn(line: string): BackupTable {
  const [, name, columns] = COPY.exec(line) ?? [];
  if (name === undefined || columns === undefined) {
    throw new BackupError('it has a line that no backup has');
  }
  return { name, columns: columns.split('", "') };
}

function headIn(line: string): BackupHead {
  const { created_at, postgresql, migrations } = jsonIn(line) as Partial<BackupHead>;
  if (
    typeof created_at !== 'string' ||
    typeof postgresql !== 'string' ||
    !Array.isArray(migrations)
  ) {
    throw new BackupError('its head is incomplete');
  }
  return { created_at, postgresql, migrations: migrations.map(String) };
}

function sealIn(line: string): BackupSeal {
  const { rows, sha256 } = jsonIn(line) as Partial<BackupSeal>;
  if (typeof rows !== 'object' || typeof sha256 !== 'string') {
    throw new BackupError('its seal is incomplete');
  }
  return { rows, sha256 };
}

function jsonIn(line: string): object {
  try {
    const value: unknown = JSON.parse(line.slice(COMMENT.length));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Reported below, like any other wrong value.
  }
  throw new BackupError('it has a line that no backup has');
}
