import { spawn } from 'node:child_process';

/**
 * Runs a program to its end.
 * @returns what it wrote to its standard output
 * @throws Error with what it wrote to its standard error, unless it ends with code 0
 */
export function run(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment,
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else
        reject(new Error(`${program} ended with ${signal ?? `code ${code}`}: ${errors}${output}`));
    });
  });
}
