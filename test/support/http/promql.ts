import { parser } from '@prometheus-io/lezer-promql';

/** One selection of series in an expression, such as `up{job="api"}`. */
export interface Selection {
  readonly metric: string;
  /** Label and value of each matcher that asks for equality; of the others the label alone. */
  readonly matchers: readonly (readonly [label: string, value?: string])[];
}

/** What a PromQL expression selects. @throws Error where Prometheus could not parse it */
export function selectionsIn(expression: string): readonly Selection[] {
  const selections: { metric: string; matchers: [label: string, value?: string][] }[] = [];
  parser.parse(expression).iterate({
    enter: ({ type, name, from, to, node }) => {
      if (type.isError) throw new Error(`Not PromQL, at character ${from}: ${expression}`);
      const text = expression.slice(from, to);
      const matchers = selections.at(-1)?.matchers;
      const parent = node.parent?.name;
      if (name === 'Identifier') selections.push({ metric: text, matchers: [] });
      else if (name === 'LabelName' && parent === 'UnquotedLabelMatcher') matchers?.push([text]);
      else if (name === 'StringLiteral' && node.prevSibling?.name === 'MatchOp') {
        const isEqual = node.prevSibling.firstChild?.name === 'EqlSingle';
        if (isEqual) matchers?.at(-1)?.push(text.slice(1, -1));
      }
    },
  });
  return selections;
}
