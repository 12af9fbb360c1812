import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** A key pair of an identity provider, and tokens signed with it. */
export class ProviderKey {
  private constructor(
    readonly algorithm: string,
    readonly privateKey: CryptoKey,
    /** As it stands in a key set. */
    readonly publicJwk: JWK & { kid: string },
  ) {}

  static async generate(kid: string, algorithm = 'ES256'): Promise<ProviderKey> {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
    return new ProviderKey(algorithm, privateKey, { ...(await exportJWK(publicKey)), kid });
  }

  token(claims: object, header: object = {}): Promise<string> {
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: this.algorithm, kid: this.publicJwk.kid, ...header })
      .sign(this.privateKey);
  }
}

/** An HTTP server that publishes what an identity provider does, or fails to. */
export class KeyServer {
  /** The paths of all requests so far. */
  readonly requests: string[] = [];
  answer: RequestListener = (_request, response) => {
    response.writeHead(404).end();
  };
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.requests.push(request.url ?? '');
      this.answer(request, response);
    });
  }

  static async start(port = 0): Promise<KeyServer> {
    const server = new KeyServer();
    server.#server.listen(port, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  answerJson(document: unknown): void {
    this.answer = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(document));
    };
  }

  answerKeys(...keys: readonly ProviderKey[]): void {
    this.answerJson({ keys: keys.map(({ publicJwk }) => publicJwk) });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
