import { ValidateBy } from 'class-validator';

/** Says what is wrong with a value, or undefined when nothing is. It never repeats the value. */
export type Rule = (value: unknown) => string | undefined;

/** Property decorator: one rule, told in its own words. */
export function Obeys(rule: Rule): PropertyDecorator {
  return ValidateBy({
    name: rule.name,
    validator: {
      validate: (value: unknown) => rule(value) === undefined,
      defaultMessage: (validation) => rule(validation?.value) ?? '',
    },
  });
}
