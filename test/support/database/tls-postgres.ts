import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Client } from 'pg';
import type { ConnectionSettings } from '../../../src/database/session/connection-settings';
import { findCluster } from '../../../src/embedded-postgres/cluster/cluster';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../src/embedded-postgres/embedded-postgres';
import { preparePostgresBinaries } from '../../../src/embedded-postgres/cluster/postgres-binaries';
import {
  launchServer,
  type PostgresServer,
} from '../../../src/embedded-postgres/process/postgres-server';
import { choosePostgresUser } from '../../../src/embedded-postgres/cluster/postgres-user';
import { eventually } from '../app/eventually';
import { query } from '../processes/embedded-postgres-processes';
import { copyPreparedDataDir } from '../processes/prepared-data-dir';
import { freePort } from '../processes/free-port';
import type { Certificate } from '../wire/certificate';

const LOOPBACK = '127.0.0.1';

/** A PostgreSQL on the loopback whose certificate, and whether it has one, can be changed. */
export class TlsPostgres {
  #certificate: Certificate | undefined;

  private constructor(
    readonly directory: string,
    readonly port: number,
    private readonly embedded: EmbeddedPostgres,
    private readonly server: PostgresServer,
  ) {}

  static async create(): Promise<TlsPostgres> {
    const directory = join(mkdtempSync(join(tmpdir(), 'task-api-tls-')), 'data');
    const parameters = { fsync: 'off' };
    copyPreparedDataDir(directory);
    const embedded = await startEmbeddedPostgres({ dataDir: directory, parameters });
    await embedded.stop();
    const user = choosePostgresUser(findCluster(directory)?.owner);
    const port = await freePort();
    const plan = {
      cluster: embedded.location,
      log: join(directory, 'postgres.log'),
      binaries: preparePostgresBinaries(user, directory),
      user,
      parameters,
    };
    const server = launchServer(plan, { host: LOOPBACK, port });
    await server.ready();
    return new TlsPostgres(directory, port, embedded, server);
  }

  get owner(): ConnectionSettings {
    return { ...this.embedded.endpoint.owner, host: LOOPBACK, port: this.port };
  }

  get api(): ConnectionSettings {
    return { ...this.embedded.endpoint.api, host: LOOPBACK, port: this.port };
  }

  /** Of the owner, unless it is for another login. */
  url(
    parameters = '',
    { user = '', password, database = '' } = this.owner,
    host = LOOPBACK,
  ): string {
    return `postgresql://${user}:${String(password)}@${host}:${this.port}/${database}?${parameters}`;
  }

  /** A file of the test's own. */
  file(name: string, content: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  async useCertificate(certificate: Certificate): Promise<void> {
    if (certificate === this.#certificate) return;
    const { pem, key } = certificate;
    this.#certificate = certificate;
    this.#writeForServer('server.crt', pem);
    this.#writeForServer('server.key', key);
    await this.#set('ssl', 'on');
    const wanted = pem.replaceAll(/-----[A-Z ]+-----|\s/g, '');
    await eventually(async () => {
      await this.#reload();
      return (await this.#presented()) === wanted;
    });
  }

  async useNoTls(): Promise<void> {
    this.#certificate = undefined;
    await this.#set('ssl', 'off');
    await eventually(async () => {
      await this.#reload();
      return (await this.#presented()) === undefined;
    });
  }

  /**
   * Admits the login of the API by TLS alone.
   * @param authority signs the certificates of clients, which then have to have one
   */
  async demandTls(authority?: Certificate): Promise<void> {
    const option = authority === undefined ? '' : ' clientcert=verify-ca';
    this.#writeForServer('clients.crt', authority?.pem ?? '');
    this.#writeForServer(
      'pg_hba.conf',
      `host all postgres 127.0.0.1/32 scram-sha-256
       hostssl all task_api 127.0.0.1/32 scram-sha-256${option}`,
    );
    await this.#set('ssl_ca_file', authority === undefined ? '' : 'clients.crt');
    await this.#reload();
  }

  /** Admits a login without a password. */
  async trust(login: string): Promise<void> {
    this.#writeForServer(
      'pg_hba.conf',
      `host all postgres 127.0.0.1/32 scram-sha-256
       hostssl all ${login} 127.0.0.1/32 trust`,
    );
    await this.#reload();
  }

  async remove(): Promise<void> {
    process.kill(this.server.pid, 'SIGQUIT');
    await this.server.exited;
    rmSync(dirname(this.directory), { recursive: true, force: true });
  }

  async #set(name: string, value: string): Promise<void> {
    await query(this.owner, `alter system set ${name} = '${value}'`);
  }

  /** Waits until new sessions have it. */
  async #reload(): Promise<void> {
    const loadedAt = 'select pg_conf_load_time()::text as at';
    const [before] = await query<{ at: string }>(this.owner, loadedAt);
    await query(this.owner, 'select pg_reload_conf()');
    await eventually(
      async () => (await query<{ at: string }>(this.owner, loadedAt))[0]?.at !== before?.at,
    );
  }

  /** The certificate that a new session is shown, in Base64; undefined without TLS. */
  async #presented(): Promise<string | undefined> {
    const client = new Client({ ...this.owner, ssl: { rejectUnauthorized: false } });
    client.on('error', () => undefined);
    await client.connect().catch(() => undefined);
    const { stream } = (client as Client & { readonly connection: { readonly stream: Socket } })
      .connection;
    const shown =
      stream instanceof TLSSocket ? stream.getPeerCertificate().raw.toString('base64') : undefined;
    // Not end(): it never settles where the handshake has failed.
    stream.destroy();
    return shown;
  }

  /** Whom PostgreSQL runs as may differ from whom the test runs as; a key is its owner's alone. */
  #writeForServer(name: string, content: string): void {
    const path = join(this.embedded.location, name);
    writeFileSync(path, content, { mode: 0o600 });
    const { uid, gid } = statSync(this.embedded.location);
    chownSync(path, uid, gid);
  }
}
