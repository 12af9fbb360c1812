import type { Client } from 'pg';
import { DEFAULT_SCHEMA, type NamesSchema } from '../session/search-path';

/** Where a node is, as the coordinator knows it. */
export interface WorkerAddress {
  readonly host: string;
  readonly port: number;
}

export function nameOf({ host, port }: WorkerAddress): string {
  return `${host}:${port}`;
}

interface Shard extends WorkerAddress {
  /** Of the hashes of the users whose rows it has. */
  readonly least: number;
}

/** Which worker has the rows of which user. */
export class ShardMap {
  private constructor(private readonly shards: readonly Shard[]) {}

  /** @returns undefined where the tables are not distributed */
  static async read(
    client: Client,
    { schema = DEFAULT_SCHEMA }: NamesSchema,
  ): Promise<ShardMap | undefined> {
    const { rowCount } = await client.query(
      `select where to_regclass('pg_catalog.pg_dist_shard') is not null`,
    );
    if (rowCount === 0) return undefined;
    const { rows } = await client.query<Shard>(
      `select shardminvalue::int as least, nodename as host, nodeport as port
       from pg_catalog.pg_dist_shard
         join pg_catalog.pg_dist_placement using (shardid)
         join pg_catalog.pg_dist_node using (groupid)
       where logicalrelid = to_regclass(quote_ident($1) || '.tasks')
         and noderole = 'primary'
         and isactive
         and hasmetadata
         and metadatasynced
       order by least`,
      [schema],
    );
    return rows.length === 0 ? undefined : new ShardMap(rows);
  }

  /** Each of them once. */
  get workers(): readonly WorkerAddress[] {
    const byName = new Map(this.shards.map((shard) => [nameOf(shard), shard]));
    return [...byName.values()];
  }

  workerOf(userId: string): WorkerAddress | undefined {
    const hash = hashOfUuid(userId);
    return this.shards.findLast(({ least }) => least <= hash);
  }
}

const WORD = 4;

/** PostgreSQL's `uuid_hash` (Bob Jenkins's lookup3), by which Citus chooses the shard of a user. */
export function hashOfUuid(uuid: string): number {
  const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');
  const start = (0x9e3779b9 + bytes.length + 3_923_095) | 0;
  const word = (n: number): number => bytes.readInt32LE(n * WORD);
  let [a, b, c] = mixed(start + word(0), start + word(1), start + word(2));
  a = (a + word(3)) | 0;
  c = (c ^ b) - rotated(b, 14);
  a = (a ^ c) - rotated(c, 11);
  b = (b ^ a) - rotated(a, 25);
  c = (c ^ b) - rotated(b, 16);
  a = (a ^ c) - rotated(c, 4);
  b = (b ^ a) - rotated(a, 14);
  return ((c ^ b) - rotated(b, 24)) | 0;
}

function mixed(one: number, two: number, three: number): [number, number, number] {
  let [a, b, c] = [one, two, three];
  for (const [first, second, third] of [
    [4, 6, 8],
    [16, 19, 4],
  ] as const) {
    a = (a - c) ^ rotated(c, first);
    c += b;
    b = (b - a) ^ rotated(a, second);
    a += c;
    c = (c - b) ^ rotated(b, third);
    b += a;
  }
  return [a, b, c];
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
