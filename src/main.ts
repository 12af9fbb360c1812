import { Logger } from '@nestjs/common';
import { banner } from './server/banner';
import { adviceOn, adviceOnNames, adviceOnOrigins } from './config/advice';
import { ConfigurationError, type Env } from './config/env';
import { readEnv } from './config/sources/process-environment';
import { onEndingSignal, stopOnFault } from './server/ending-signals';
import { EXIT_CODES } from './server/exit-codes';
import { earlyLog, logWarnings } from './logging/early-log';
import { surviveClosedOutputs } from './logging/log-output';
import { type RunningServer, startServer } from './server/start-server';
import { explainStartFailure } from './server/start-failure';

/** The running server; undefined while it starts. */
interface Running {
  server?: RunningServer;
}

/** Starts the server, prints how to use it, and stops it on a signal. */
async function main(): Promise<void> {
  surviveClosedOutputs();
  const running: Running = {};
  stopOnSignal(running);
  refuseArguments();
  const env = readEnv();
  logWarnings(env);
  await advise(env);
  const server = await startServer(env, reportOf(env));
  running.server = server;
  stopOnFault(() => stop(server));
  void server.failed.then((why) => {
    process.stderr.write(`${why}\n`);
    process.exitCode = EXIT_CODES.failed;
    void stop(server);
  });
  await announce(env, server);
}

/** Nobody would notice that `--port 4000` has no effect. */
function refuseArguments(): void {
  if (process.argv.length <= 2) return;
  throw new ConfigurationError([
    'arguments: the server takes none; set variables such as PORT, or use npm run cli -- --help',
  ]);
}

/** Whether a program reads the output, as in production: then every line is a log line. */
function writesLog({ nodeEnv }: Env): boolean {
  return nodeEnv === 'production' && !process.stdout.isTTY;
}

async function advise(env: Env): Promise<void> {
  const advice = [
    ...adviceOnNames(),
    ...adviceOn(env),
    ...(await adviceOnOrigins(env.corsOrigins)),
  ];
  if (advice.length === 0) return;
  const log = await earlyLog(env);
  for (const { what, remedy } of advice) log.warn(`${what}: ${remedy}`, 'Start');
}

/** Reports what a slow start is doing. */
function reportOf(env: Env): (what: string) => void {
  if (!writesLog(env)) return (what) => process.stdout.write(`${what} …\n`);
  return (what) => {
    void earlyLog(env).then((log) => {
      log.log(what, 'Start');
    });
  };
}

async function announce(env: Env, server: RunningServer): Promise<void> {
  const startMs = Math.round(performance.now());
  if (writesLog(env)) {
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
    process.stdout.write(await banner(env, server, startMs, process.stdout.isTTY));
  }
}

/** A terminal, npm and its shell may each pass on the one signal that a person sent. */
const SAME_SIGNAL_MS = 1_000;

/**
 * The first signal lets clients finish; a later one does not wait. During the start there are no
 * clients, and the exit handlers stop what has been started.
 */
function stopOnSignal(running: Running): void {
  let stoppingSince: number | undefined;
  onEndingSignal(() => {
    const { server } = running;
    if (server === undefined) exit();
    if (stoppingSince === undefined) {
      stoppingSince = performance.now();
      void stop(server);
    } else if (performance.now() - stoppingSince > SAME_SIGNAL_MS) {
      process.exit(EXIT_CODES.failed);
    }
  });
}

async function stop(server: RunningServer): Promise<void> {
  try {
    await server.stop();
    exit();
  } catch (error) {
    fail(error);
  }
}

function exit(): never {
  // Last of all, after everything that the start began has stopped.
  process.once('exit', () => {
    if (process.stdout.isTTY) process.stdout.write('\nTask API has stopped\n');
  });
  process.exit();
}

function fail(error: unknown): never {
  const { message, exitCode } = explainStartFailure(error);
  process.stderr.write(`${message}\n`);
  process.exit(exitCode);
}

main().catch(fail);
