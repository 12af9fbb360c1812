/** The rules that the form offers. */
export const RULES: Readonly<Record<string, string>> = {
  'FREQ=DAILY': 'daily',
  'FREQ=WEEKLY': 'weekly',
  'FREQ=MONTHLY': 'monthly',
  'FREQ=YEARLY': 'yearly',
};

/** A rule in words. Any other that the API knows is shown as it is. */
export function inWords(rule: string): string {
  return RULES[rule] ?? rule;
}
