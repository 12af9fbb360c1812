import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './free-port';

export const RECIPES = join(__dirname, '..', '..', '..', 'ops', 'reverse-proxy');

const EMPTY = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
/** As the API begins one; it does not end. */
const STREAM =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Accel-Buffering: no\r\n\r\n: first\n\n';

type Program = 'caddy' | 'nginx';

/** A recipe as a whole configuration, for one port and without TLS. */
const CONFIGURATIONS: Readonly<Record<Program, (recipe: string, port: number) => string>> = {
  caddy: (recipe, port) =>
    `{\n\tadmin off\n\tauto_https off\n}\n${recipe.replace(/^\S+\.example\.com/m, `http://:${port}`)}`,
  nginx: (recipe, port) => {
    // One is to be included in the site of the other.
    const site = recipeNamed('nginx.conf');
    const part = (wanted: RegExp, text: string): string => wanted.exec(text)?.[0] ?? '';
    const upstream = part(/^upstream [^]*?^}/m, site);
    const buffers = part(/^ *large_client_header_buffers.*$/m, site);
    const location = part(/^ *location [^]*?^ *}/m, recipe);
    return `daemon off; pid nginx.pid; error_log stderr; events {}
      http { access_log off; ${upstream} server { listen 127.0.0.1:${port}; ${buffers} ${location} } }`;
  },
};

/** A recipe of ops/reverse-proxy in front of a server that keeps each request as it came. */
export class ReverseProxy {
  readonly #sockets = new Set<Socket>();
  /** The heads of the requests, but for those of health checks. */
  readonly heads: string[] = [];
  /** Connections that were closed while an answer was on its way. */
  hangUps = 0;

  private constructor(
    private readonly server: Server,
    private readonly child: ChildProcess,
    private readonly directory: string,
    readonly port: number,
  ) {}

  static async start(program: Program, name: string): Promise<ReverseProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const upstream = (server.address() as AddressInfo).port;
    const port = await freePort();
    const directory = mkdtempSync(join(tmpdir(), 'task-api-proxy-'));
    const file = join(directory, 'proxy.conf');
    const text = CONFIGURATIONS[program](recipeNamed(name), port);
    writeFileSync(file, text.replaceAll(/127\.0\.0\.1:300[12]/g, `127.0.0.1:${upstream}`));
    const options = {
      caddy: ['run', '--adapter', 'caddyfile', '--config', file],
      nginx: ['-p', directory, '-c', file],
    }[program];
    const env = { ...process.env, HOME: directory, XDG_CONFIG_HOME: directory };
    const child = spawn(program, options, { stdio: 'ignore', env });
    const proxy = new ReverseProxy(server, child, directory, port);
    server.on('connection', (socket) => proxy.#serve(socket));
    while (!(await canConnect(port))) {
      if (child.exitCode !== null) throw new Error(`${program} refuses ${name}`);
      await wait(20);
    }
    return proxy;
  }

  async stop(): Promise<void> {
    this.child.kill();
    await once(this.child, 'exit');
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    rmSync(this.directory, { recursive: true });
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let received = '';
    let isStreaming = false;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (isStreaming) this.hangUps += 1;
    });
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString('latin1');
      if (!received.endsWith('\r\n\r\n')) return;
      if (!received.startsWith('GET /health/ready ')) this.heads.push(received);
      isStreaming = received.includes('/events ');
      received = '';
      socket.write(isStreaming ? STREAM : EMPTY);
    });
  }
}

function recipeNamed(name: string): string {
  return readFileSync(join(RECIPES, name), 'utf8');
}

async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const events = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'close').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return events;
}
