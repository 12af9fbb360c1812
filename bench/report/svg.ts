/** The few shapes that charts here consist of, in the colours of a light and of a dark page. */

const STYLE = `
  text { font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; fill: #1f2328 }
  .title { font-size: 17px; font-weight: 600 }
  .heading { font-weight: 600 }
  .quiet { fill: #656d76 }
  .small { font-size: 11px }
  .own { fill: #0b6bcb }
  .own-text { fill: #0b6bcb; font-weight: 600 }
  .other { fill: #c4cbd3 }
  .grid { stroke: #d8dee4; stroke-width: 1 }
  .s0 { --c: #0b6bcb } .s1 { --c: #1a7f37 } .s2 { --c: #8250df } .s3 { --c: #bc4c00 } .s4 { --c: #bf3989 } .s5 { --c: #57606a } .s6 { --c: #9a6700 }
  path { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round }
  circle, .label { fill: var(--c) }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #8d96a0 }
    .own { fill: #4493f8 }
    .own-text { fill: #4493f8 }
    .other { fill: #424a53 }
    .grid { stroke: #30363d }
    .s0 { --c: #4493f8 } .s1 { --c: #3fb950 } .s2 { --c: #ab7df8 } .s3 { --c: #db6d28 } .s4 { --c: #db61a2 } .s5 { --c: #9198a1 } .s6 { --c: #d29922 }
    .label { fill: var(--c) }
  }`;

/** @param label what the chart shows, for those who cannot see it */
export function svg(
  { width, height, label }: { width: number; height: number; label: string },
  shapes: readonly string[],
): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(label)}">`,
    `<style>${STYLE}\n</style>`,
    ...shapes,
    '</svg>',
    '',
  ].join('\n');
}

export function text(
  x: number,
  y: number,
  content: string,
  { style = '', anchor = 'start' }: { style?: string; anchor?: 'start' | 'middle' | 'end' } = {},
): string {
  return `<text x="${at(x)}" y="${at(y)}" class="${style}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

export function bar(x: number, y: number, width: number, height: number, style: string): string {
  return `<rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${height}" rx="2" class="${style}"/>`;
}

export function horizontal(x1: number, x2: number, y: number): string {
  return `<line x1="${at(x1)}" x2="${at(x2)}" y1="${at(y)}" y2="${at(y)}" class="grid"/>`;
}

/** A line through points that are marked. */
export function curve(points: readonly (readonly [x: number, y: number])[], style: string): string {
  const path = points
    .map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${at(x)} ${at(y)}`)
    .join('');
  const marks = points.map(([x, y]) => `<circle cx="${at(x)}" cy="${at(y)}" r="3"/>`).join('');
  return `<g class="${style}"><path d="${path}"/>${marks}</g>`;
}

function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
