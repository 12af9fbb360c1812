/** A message from a client to PostgreSQL (protocol 3.0), as far as the tests look into it. */
export interface FrontendMessage {
  readonly kind: string;
  /** All of it, with its type and length. */
  readonly bytes: Buffer;
  /** Name of the prepared statement of a Parse or a Bind; '' for the unnamed one. */
  readonly statement?: string;
  /** SQL of a Parse or a Query. */
  readonly text?: string;
  /** Parameters of a Bind in text format. */
  readonly values?: readonly (string | null)[];
}

const KINDS: Readonly<Record<string, string>> = {
  B: 'Bind',
  C: 'Close',
  D: 'Describe',
  E: 'Execute',
  H: 'Flush',
  P: 'Parse',
  Q: 'Query',
  S: 'Sync',
  X: 'Terminate',
  p: 'Password',
};

/** Cuts a byte stream into messages; the first one of a session has no type. */
export class FrontendReader {
  #rest: Buffer = Buffer.alloc(0);
  #started = false;
  #isOpaque = false;

  read(chunk: Buffer): FrontendMessage[] {
    if (this.#isOpaque) return [{ kind: 'Opaque', bytes: chunk }];
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const messages: FrontendMessage[] = [];
    for (;;) {
      const lengthAt = this.#started ? 1 : 0;
      if (this.#rest.length < lengthAt + 4) return messages;
      const end = lengthAt + this.#rest.readInt32BE(lengthAt);
      if (this.#rest.length < end) return messages;
      const bytes = this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
      messages.push(this.#started ? decode(bytes) : { kind: 'Startup', bytes });
      // The server may agree. What follows cannot be read then.
      this.#isOpaque = !this.#started && isEncryptionRequest(bytes);
      this.#started = true;
    }
  }
}

/** Of TLS or GSSAPI, in the place of the first message; the client waits for an answer. */
function isEncryptionRequest(bytes: Buffer): boolean {
  return [80877103, 80877104].includes(bytes.readInt32BE(4));
}

/** The same message with another text of the same length in it. */
export function replaceText(message: Buffer, text: string, by: string): Buffer {
  return Buffer.from(message.toString('latin1').replaceAll(text, by), 'latin1');
}

function decode(bytes: Buffer): FrontendMessage {
  const kind = KINDS[String.fromCharCode(bytes[0] ?? 0)] ?? 'Other';
  const fields = new Fields(bytes);
  switch (kind) {
    case 'Query':
      return { kind, bytes, text: fields.text() };
    case 'Parse':
      return { kind, bytes, statement: fields.text(), text: fields.text() };
    case 'Bind':
      fields.text(); // the portal
      return { kind, bytes, statement: fields.text(), values: fields.values() };
    default:
      return { kind, bytes };
  }
}

class Fields {
  #at = 5;

  constructor(readonly bytes: Buffer) {}

  text(): string {
    const end = this.bytes.indexOf(0, this.#at);
    const text = this.bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  values(): (string | null)[] {
    const formats = this.#int16();
    this.#at += 2 * formats;
    return Array.from({ length: this.#int16() }, () => {
      const length = this.bytes.readInt32BE(this.#at);
      this.#at += 4;
      if (length === -1) return null;
      this.#at += length;
      return this.bytes.toString('utf8', this.#at - length, this.#at);
    });
  }

  #int16(): number {
    this.#at += 2;
    return this.bytes.readInt16BE(this.#at - 2);
  }
}
