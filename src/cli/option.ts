/** One option of a command: what it is called in the help, and what a given value means. */
export interface Option<Value> {
  readonly description: string;
  /** What stands for the value in the usage, such as `N`; undefined for a switch. */
  readonly placeholder?: string;
  readonly required?: boolean;
  /** Given without a name, by its place. */
  readonly positional?: boolean;
  /**
   * @param given undefined when the option is absent
   * @throws RangeError with what would be accepted, such as `must be a date`
   */
  readonly read: (given: string | boolean | undefined) => Value;
}

export type Options = Readonly<Record<string, Option<unknown>>>;

/** What the options of a command were read as. */
export type OptionValues<Of extends Options> = {
  readonly [Name in keyof Of]: Of[Name] extends Option<infer Value> ? Value : never;
};

/** An option without a value, false when absent. */
export function flag(description: string): Option<boolean> {
  return { description, read: (given) => given === true };
}

interface ValueOption<Value> {
  readonly placeholder: string;
  readonly description: string;
  readonly read: (text: string) => Value;
}

export function required<Value>({ read, ...about }: ValueOption<Value>): Option<Value> {
  return { ...about, required: true, read: (given) => read(textOf(given)) };
}

/** What the command works on, such as a file: it stands behind the command without a name. */
export function argument<Value>(about: ValueOption<Value>): Option<Value> {
  return { ...required(about), positional: true };
}

/** @param text what is read when the option is absent; the help shows it */
export function defaulting<Value>(
  text: string,
  { read, description, placeholder }: ValueOption<Value>,
): Option<Value> {
  return {
    placeholder,
    description: `${description} (default: ${text})`,
    read: (given) => read(given === undefined ? text : textOf(given)),
  };
}

export function optional<Value>({ read, ...about }: ValueOption<Value>): Option<Value | undefined> {
  return { ...about, read: (given) => (given === undefined ? undefined : read(textOf(given))) };
}

/** What a person calls it: `--users`, or FILE where it has a place instead of a name. */
export function nameOf(name: string, { positional, placeholder }: Option<unknown>): string {
  return positional === true ? (placeholder ?? name) : `--${name}`;
}

function textOf(given: string | boolean | undefined): string {
  if (typeof given !== 'string') throw new RangeError('is needed');
  return given;
}
