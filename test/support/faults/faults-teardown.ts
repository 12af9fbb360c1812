import { faultTable } from './fault-report';

/** Tells what clients saw of each fault. */
export default function reportFaults(): void {
  process.stderr.write(`\n${faultTable()}\n`);
}
