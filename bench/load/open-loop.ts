import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchRequest } from '../routes';
import { latencyOf } from '../statistics';
import { HttpConnection } from './http-connection';
import { httpText } from './http-text';
import type { TimedLoadResult } from './load-result';

/** More than ever wait at once below saturation; beyond it requests queue here, and that counts. */
const CONNECTIONS = 256;

export interface OpenLoop {
  readonly url: string;
  /** Sent in this order, each once. */
  readonly requests: readonly BenchRequest[];
  /** Requests per second. */
  readonly rate: number;
}

/**
 * Sends requests at a constant rate, whether or not the answers keep up, as people do. Latency
 * counts from the moment when a request was due, so that waiting behind a slow one is not hidden.
 */
export async function loadAtRate({ url, requests, rate }: OpenLoop): Promise<TimedLoadResult> {
  const idle = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => HttpConnection.open(url)),
  );
  const all = [...idle];
  const waiting: { text: string; due: number }[] = [];
  const latencies: number[] = [];
  let failures = 0;

  const send = (text: string, due: number): void => {
    const connection = idle.pop();
    if (connection === undefined) {
      waiting.push({ text, due });
      return;
    }
    const finish = (failed: boolean): void => {
      if (failed) failures += 1;
      latencies.push(performance.now() - due);
      idle.push(connection);
      const next = waiting.shift();
      if (next !== undefined) send(next.text, next.due);
    };
    connection.send(text).then(
      (status) => finish(status < 200 || status > 299),
      () => finish(true),
    );
  };

  const started = performance.now();
  for (let next = 0; next < requests.length;) {
    const due = Math.min(requests.length, ((performance.now() - started) / 1_000) * rate);
    for (; next < due; next += 1) {
      const request = requests[next];
      if (request !== undefined) send(httpText(request), started + (next / rate) * 1_000);
    }
    await sleep(1);
  }
  while (latencies.length < requests.length) await sleep(1);
  const seconds = (performance.now() - started) / 1_000;
  for (const connection of all) connection.close();
  return { requests: requests.length, seconds, failures, latency: latencyOf(latencies) };
}
