import { banner } from './banner';
import { parseEnv } from './config/env';
import { processEnvironment } from './config/process-environment';
import { type RunningServer, startServer } from './server';
import { explainStartFailure } from './start-failure';

/** Starts the server, tells how to use it, and stops it when asked. */
async function main(): Promise<void> {
  const env = parseEnv(processEnvironment());
  const server = await startServer(env);
  stopOnSignal(server);
  void server.databaseLost.then((how) => {
    process.stderr.write(`The embedded database ${how}\n`);
    process.exitCode = 1;
    void stop(server);
  });
  process.stdout.write(await banner(env, server, performance.now()));
}

/** The first signal lets clients finish; a second one does not wait. */
function stopOnSignal(server: RunningServer): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      void stop(server);
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
