import { Logger } from '@nestjs/common';
import { banner } from './banner';
import { type Env, parseEnv } from './config/env';
import { processEnvironment } from './config/process-environment';
import { surviveClosedOutputs } from './logging/log-output';
import { type RunningServer, startServer } from './server';
import { explainStartFailure } from './start-failure';
import { stopOnFault } from './stop-on-fault';

/** Starts the server, tells how to use it, and stops it when asked. */
async function main(): Promise<void> {
  surviveClosedOutputs();
  const env = parseEnv(processEnvironment());
  const server = await startServer(env);
  stopOnSignal(server);
  stopOnFault(() => stop(server));
  void server.failed.then((why) => {
    process.stderr.write(`${why}\n`);
    process.exitCode = 1;
    void stop(server);
  });
  await announce(env, server);
}

/** For people; a program that reads the log of a server in production gets a line like any other. */
async function announce(env: Env, server: RunningServer): Promise<void> {
  const startMs = Math.round(performance.now());
  if (env.nodeEnv === 'production' && !process.stdout.isTTY) {
    const { url, metricsUrl, database } = server;
    new Logger('Start').log({
      msg: 'ready',
      url,
      ...(metricsUrl !== undefined && { metrics: metricsUrl }),
      database,
      auth: env.auth.mode,
      start_ms: startMs,
    });
  } else {
    process.stdout.write(await banner(env, server, startMs));
  }
}

/** A terminal, npm and its shell may each pass on the one signal that a person sent. */
const SAME_SIGNAL_MS = 1_000;

/** The first signal lets clients finish; a later one does not wait. */
function stopOnSignal(server: RunningServer): void {
  let stoppingSince: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stoppingSince === undefined) {
        stoppingSince = performance.now();
        void stop(server);
      } else if (performance.now() - stoppingSince > SAME_SIGNAL_MS) {
        process.exit(1);
      }
    });
  }
}

async function stop(server: RunningServer): Promise<void> {
  try {
    await server.stop();
    process.exit();
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): never {
  const { message, exitCode } = explainStartFailure(error);
  process.stderr.write(`${message}\n`);
  process.exit(exitCode);
}

main().catch(fail);
