import type { Circus } from '@jest/types';
import { TestEnvironment as NodeEnvironment } from 'jest-environment-node';

/**
 * Reports a failing `beforeAll` once. Jest alone repeats its error for each test of the block and then
 * runs `afterAll`, which fails as well because nothing was started that it could stop.
 */
export default class TestEnvironment extends NodeEnvironment {
  readonly #failed = new Set<Circus.DescribeBlock>();
  readonly #reported = new Set<Circus.DescribeBlock>();

  handleTestEvent = (event: Circus.Event): void => {
    switch (event.name) {
      case 'hook_failure':
        if (event.hook.type === 'beforeAll') this.#failed.add(event.hook.parent);
        return;
      case 'hook_start':
        if (event.hook.type === 'afterAll' && this.#failed.has(event.hook.parent)) {
          ignoreFailure(event.hook);
        }
        return;
      case 'test_done':
        this.#reportOnce(event.test);
    }
  };

  #reportOnce(test: Circus.TestEntry): void {
    const block = blocksOf(test).findLast((ancestor) => this.#failed.has(ancestor));
    if (block === undefined) return;
    if (this.#reported.has(block)) {
      const error = new Error('beforeAll failed; its error is reported above');
      error.stack = error.message;
      test.errors = [[error, error]];
    } else {
      this.#reported.add(block);
      test.errors.splice(1);
    }
  }
}

/** From the innermost block to the root. */
function blocksOf({ parent }: Circus.TestEntry): Circus.DescribeBlock[] {
  const blocks = [];
  for (let block: Circus.DescribeBlock | undefined = parent; block; block = block.parent) {
    blocks.push(block);
  }
  return blocks;
}

/** The hook still stops whatever was started. */
function ignoreFailure(hook: Circus.Hook): void {
  const stop = hook.fn as () => unknown;
  hook.fn = async () => {
    try {
      await stop();
    } catch {
      // It stops something that was never started.
    }
  };
}
