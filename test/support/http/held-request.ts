import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';

const TITLE = { title: 'held' };

/** A create of which the server has read the head, and whose body comes when the test says so. */
export class HeldRequest {
  private constructor(private readonly outgoing: ClientRequest) {}

  static async begin(url: string, authorization: string): Promise<HeldRequest> {
    const outgoing = request(`${url}/api/me/tasks`, {
      method: 'POST',
      agent: false,
      headers: {
        authorization,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(JSON.stringify(TITLE)),
        expect: '100-continue',
      },
    });
    const continued = once(outgoing, 'continue');
    // Only `finish` waits for an answer; a test may cut the request instead.
    outgoing.on('error', () => undefined);
    outgoing.flushHeaders();
    await continued;
    return new HeldRequest(outgoing);
  }

  /** @returns the status of the answer */
  async finish(): Promise<number | undefined> {
    const answered = once(this.outgoing, 'response') as Promise<[IncomingMessage]>;
    this.outgoing.end(JSON.stringify(TITLE));
    const [response] = await answered;
    response.resume();
    return response.statusCode;
  }
}
