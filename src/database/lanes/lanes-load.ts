/** How busy the lanes are, and what has happened to them since the start. */
export interface LanesLoad {
  readonly configured: number;
  readonly open: number;
  readonly inFlight: number;
  /** Statements that all lanes take at a time. */
  readonly most: number;
  readonly waiting: number;
  readonly waits: number;
  readonly refusals: number;
  readonly reconnections: number;
  readonly batches: number;
  /** In all batches. */
  readonly statements: number;
}

export function sumOfLoads(loads: readonly LanesLoad[]): LanesLoad {
  const sum = (key: keyof LanesLoad): number => loads.reduce((all, load) => all + load[key], 0);
  return {
    configured: sum('configured'),
    open: sum('open'),
    inFlight: sum('inFlight'),
    most: sum('most'),
    waiting: sum('waiting'),
    waits: sum('waits'),
    refusals: sum('refusals'),
    reconnections: sum('reconnections'),
    batches: sum('batches'),
    statements: sum('statements'),
  };
}
