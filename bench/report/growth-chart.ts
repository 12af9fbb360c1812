import {
  GROWTH_OPERATIONS,
  type GrowthOperation,
  type GrowthResults,
  type GrowthSeries,
} from '../results';
import { median } from '../statistics';
import { thousands } from './figures';
import { SERIES_TITLES } from './growth-report';
import { curve, horizontal, svg, text } from './svg';

const WIDTH = 880;
const MARGIN = 24;
const TOP = 84;
const PLOT_HEIGHT = 240;
const HEIGHT = TOP + PLOT_HEIGHT + 64;
const AXIS_WIDTH = 34;
/** Room for the names behind the ends of the curves. */
const NAMES_WIDTH = 74;
const GAP = 24;
const PANEL_WIDTH = (WIDTH - 2 * MARGIN - GAP) / 2;
const NAME_STEP = 15;
const GRID_LINES = 4;

interface Curve {
  readonly operation: GrowthOperation;
  readonly style: string;
  readonly points: readonly (readonly [size: number, ms: number])[];
}

/** How long a request takes while the tables grow; flat is good. */
export function growthChart(results: GrowthResults): string {
  const title = 'Median time of one request while the data grow';
  const { machine } = results;
  const setting =
    `One client, Node ${machine.node.slice(1)}, PostgreSQL ${machine.postgres}, ` +
    `${machine.processors}; deep page: behind 10,000 tasks`;
  const all = (['total', 'per-user'] as const).map((series) => curvesOf(results, series));
  const top = niceCeiling(
    Math.max(...all.flat().flatMap(({ points }) => points.map(([, ms]) => ms))),
  );
  return svg({ width: WIDTH, height: HEIGHT, label: title }, [
    text(MARGIN, 34, title, { style: 'title' }),
    text(MARGIN, 56, setting, { style: 'quiet small' }),
    ...panel(all[0] ?? [], { x: MARGIN, top, title: SERIES_TITLES.total }),
    ...panel(all[1] ?? [], {
      x: MARGIN + PANEL_WIDTH + GAP,
      top,
      title: SERIES_TITLES['per-user'],
    }),
    text(WIDTH - MARGIN, HEIGHT - 10, results.command, { style: 'quiet small', anchor: 'end' }),
  ]);
}

function panel(
  curves: readonly Curve[],
  { x, top, title }: { x: number; top: number; title: string },
): string[] {
  const sizes = (curves[0]?.points ?? []).map(([size]) => size);
  const left = x + AXIS_WIDTH;
  const right = x + PANEL_WIDTH - NAMES_WIDTH;
  const bottom = TOP + PLOT_HEIGHT;
  const atSize = (size: number): number =>
    left + 8 + (sizes.indexOf(size) / Math.max(1, sizes.length - 1)) * (right - left - 16);
  const atMs = (ms: number): number => bottom - (ms / top) * PLOT_HEIGHT;
  const grid = Array.from({ length: GRID_LINES + 1 }, (_, index) => (top / GRID_LINES) * index);
  const ends = curves.map(({ points }) => atMs(points.at(-1)?.[1] ?? 0));
  const nameHeights = apart(ends);
  return [
    ...grid.flatMap((ms) => [
      horizontal(left, right, atMs(ms)),
      text(left - 6, atMs(ms) + 4, `${Number(ms.toPrecision(3))}`, {
        style: 'quiet small',
        anchor: 'end',
      }),
    ]),
    text(x, TOP - 12, 'ms', { style: 'quiet small' }),
    ...sizes.map((size) =>
      text(atSize(size), bottom + 18, thousands(size), { style: 'quiet small', anchor: 'middle' }),
    ),
    text((left + right) / 2, bottom + 38, title, { style: 'heading', anchor: 'middle' }),
    ...curves.flatMap(({ operation, points, style }, index) => [
      curve(
        points.map(([size, ms]) => [atSize(size), atMs(ms)] as const),
        style,
      ),
      `<g class="${style}">${text(right + 4, (nameHeights[index] ?? 0) + 4, operation, { style: 'label small' })}</g>`,
    ]),
  ];
}

function curvesOf({ samples }: GrowthResults, series: GrowthSeries): Curve[] {
  const ofSeries = samples.filter((sample) => sample.series === series);
  const sizes = [...new Set(ofSeries.map(({ size }) => size))].sort((a, b) => a - b);
  return GROWTH_OPERATIONS.map((operation, index) => ({
    operation,
    style: `s${index}`,
    points: sizes.map((size) => {
      const of = ofSeries.filter((s) => s.operation === operation && s.size === size);
      return [size, median(of.map(({ p50 }) => p50))] as const;
    }),
  }));
}

/** Moves heights apart until each has the room of a line of text. */
function apart(heights: readonly number[]): number[] {
  const order = heights.map((height, index) => ({ height, index }));
  order.sort((a, b) => a.height - b.height);
  const moved = [...heights];
  let free = -Infinity;
  for (const { height, index } of order) {
    moved[index] = Math.max(height, free);
    free = (moved[index] ?? 0) + NAME_STEP;
  }
  const excess = Math.max(0, free - NAME_STEP - (TOP + PLOT_HEIGHT));
  return moved.map((height) => height - excess);
}

/** The next of 1, 2, 4, 8 times a power of ten. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 8].find((step) => step * power >= value) ?? 10) * power;
}
