import { faultTable } from './fault-report';

/** Tells what clients saw of each fault. */
export default function tellFaults(): void {
  process.stderr.write(`\n${faultTable()}\n`);
}
