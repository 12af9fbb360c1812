/** Media type of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export const EVENT_STREAM_MEDIA_TYPE = 'text/event-stream';

/** A comment, which keeps connections open that others would take for dead. */
export const HEARTBEAT = ':\n\n';

/** Asks the client to come back so many milliseconds after its stream has ended. */
export function retryText(milliseconds: number): string {
  return `retry: ${milliseconds}\n`;
}

/**
 * Where the stream is now. It has data although it says nothing, because many clients of server-sent
 * events take an id only from a block with data.
 */
export function positionText(token: string): string {
  return `id: ${token}\nevent: position\ndata: {}\n\n`;
}

/** @param json one line, as JSON of this API is */
export function eventText(event: 'task' | 'deleted', token: string, json: string): string {
  return `id: ${token}\nevent: ${event}\ndata: ${json}\n\n`;
}

/** The position of the client is no longer valid. The empty id makes the client forget it. */
export const RESET = 'id:\nevent: reset\ndata: {}\n\n';
