/**
 * What `crosstown stats` prints.
 *
 * @module
 */
import type { JobFigures, MarketFigures } from "../../market/market_figures.ts";

/** Figures of this home. */
export interface OwnFigures {
  readonly bought: JobFigures;
  readonly sold: JobFigures;
  readonly paid_units: bigint;
  readonly earned_units: bigint;
}

/** The document. */
export interface StatsDocument {
  readonly version: 1;
  readonly network: string;
  readonly testnet: boolean;
  readonly relay_url: string;
  readonly at: string;
  readonly window_s: number;
  /** Null if the relay does not answer. */
  readonly market: MarketFigures | null;
  readonly market_error: string | null;
  readonly own: OwnFigures;
}
