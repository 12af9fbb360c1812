/** The command that makes the same results, wherever they go. */
export function commandLine(): string {
  const args = process.argv.slice(2);
  const out = args.indexOf('--out');
  return [
    'npm run bench --',
    ...args.filter((_, at) => out === -1 || (at !== out && at !== out + 1)),
  ]
    .join(' ')
    .replace(/ --$/, '');
}
