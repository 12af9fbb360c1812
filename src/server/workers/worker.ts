import { configuredEndpoint } from '../../embedded-postgres/provide-database';
import { onEndingSignal, stopOnFault } from '../ending-signals';
import { EXIT_CODES } from '../exit-codes';
import { logWarnings } from '../../logging/early-log';
import { surviveClosedOutputs } from '../../logging/log-output';
import { serve } from '../serve';
import type { HttpService } from '../http-service';
import { explainStartFailure } from '../start-failure';
import { PrimaryIsolationChecks } from './primary-isolation-checks';
import type { Assignment, FromWorker, ToWorker } from './worker-messages';

/**
 * The program of one worker. It obeys its primary, and node:cluster ends it when the channel to the
 * primary closes: no worker outlives its primary.
 */
function main(): void {
  surviveClosedOutputs();
  // Ctrl-C reaches the whole process group, but only the primary acts on it.
  onEndingSignal(() => undefined);
  const checks = new PrimaryIsolationChecks();
  let service: HttpService | undefined;
  process.on('message', (message: ToWorker) => {
    if (message.type === 'serve') {
      void start(message, checks).then((started) => (service = started));
    }
    if (message.type === 'isolation') checks.report(message.verdict);
    if (message.type === 'stop') void stop(service);
    if (message.type === 'report-metrics') void reportMetrics(service);
  });
}

async function start(
  { env, embedded }: Assignment,
  checks: PrimaryIsolationChecks,
): Promise<HttpService | undefined> {
  logWarnings(env);
  try {
    const { api } = configuredEndpoint(env) ?? embedded;
    const service = await serve(env, Promise.resolve({ api, checks }));
    stopOnFault(() => stop(service));
    process.send?.({ type: 'serving', url: service.url } satisfies FromWorker);
    return service;
  } catch (error) {
    const failure = explainStartFailure(error);
    process.send?.({ type: 'not-started', failure } satisfies FromWorker, () =>
      process.exit(failure.exitCode),
    );
    return undefined;
  }
}

async function reportMetrics(service: HttpService | undefined): Promise<void> {
  const registry = await service?.metrics?.();
  if (registry === undefined) return;
  const snapshot = await registry.getMetricsAsJSON();
  process.send?.({ type: 'metrics', snapshot } satisfies FromWorker);
}

/** A worker that does not serve yet has no clients to wait for. */
async function stop(service: HttpService | undefined): Promise<void> {
  try {
    await service?.stop();
    process.exit();
  } catch {
    process.exit(EXIT_CODES.failed);
  }
}

main();
