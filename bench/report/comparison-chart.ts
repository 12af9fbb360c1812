import type { ComparisonResults } from '../results';
import { type RouteName, ROUTES } from '../routes';
import type { Summary } from '../summary';
import { thousands, times } from './figures';
import { bar, svg, text } from './svg';

const WIDTH = 880;
const MARGIN = 24;
const COLUMNS = 2;
const GAP = 40;
const PANEL_WIDTH = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS;
const NAME_WIDTH = 64;
/** Room behind the longest bar for its figures. */
const FIGURES_WIDTH = 116;
const BAR_HEIGHT = 16;
const BAR_STEP = 22;
const HEADING_HEIGHT = 26;
const PANEL_GAP = 22;
const TOP = 86;

/** Throughput of every server on every route, as bars; each panel has its own scale. */
export function comparisonChart(results: ComparisonResults, summary: Summary): string {
  const { machine, data, connections } = results;
  const servers = results.contestants.filter(({ name }) => name !== 'pgbench');
  const panelHeight = HEADING_HEIGHT + servers.length * BAR_STEP + PANEL_GAP;
  const rows = Math.ceil(results.routes.length / COLUMNS);
  const height = TOP + rows * panelHeight + MARGIN;
  const panels = results.routes.flatMap((route, index) => {
    const x = MARGIN + (index % COLUMNS) * (PANEL_WIDTH + GAP);
    const y = TOP + Math.floor(index / COLUMNS) * panelHeight;
    return panel(route, summary, x, y);
  });
  const title = 'Requests per second, and how many times as many this API serves';
  const setting =
    `${thousands(data.tasks)} tasks of ${thousands(data.users)} users, ${connections} connections, ` +
    `one process on Node ${machine.node.slice(1)}, PostgreSQL ${machine.postgres}, ${machine.processors}`;
  return svg({ width: WIDTH, height, label: title }, [
    text(MARGIN, 34, title, { style: 'title' }),
    text(MARGIN, 56, setting, { style: 'quiet small' }),
    ...panels,
    text(WIDTH - MARGIN, height - 10, results.command, { style: 'quiet small', anchor: 'end' }),
  ]);
}

function panel(route: RouteName, { subject, routes }: Summary, x: number, y: number): string[] {
  const rows = routes.filter((row) => row.route === route && row.contestant !== 'pgbench');
  const most = Math.max(...rows.map(({ requestsPerSecond }) => requestsPerSecond));
  const longest = PANEL_WIDTH - NAME_WIDTH - FIGURES_WIDTH;
  return [
    text(x, y, ROUTES[route], { style: 'heading' }),
    ...rows.flatMap((row, index) => {
      const top = y + HEADING_HEIGHT - 14 + index * BAR_STEP;
      const length = Math.max(2, (row.requestsPerSecond / most) * longest);
      const isSubject = row.contestant === subject;
      const start = x + NAME_WIDTH;
      return [
        text(x, top + 12.5, row.contestant, { style: isSubject ? 'own-text' : 'quiet' }),
        bar(start, top, length, BAR_HEIGHT, isSubject ? 'own' : 'other'),
        text(start + length + 8, top + 12.5, thousands(row.requestsPerSecond), {
          style: isSubject ? 'own-text' : 'quiet',
        }),
        ...(isSubject
          ? []
          : [text(x + PANEL_WIDTH, top + 12.5, times(row.ratio), { anchor: 'end' })]),
      ];
    }),
  ];
}
