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
