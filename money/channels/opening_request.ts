/**
 * What a channel is opened with.
 *
 * @module
 */
import type { PinnedPeer } from "../claims/channel_manager.ts";

/** What is opened. */
export interface OpeningRequest {
  readonly peer: PinnedPeer;
  readonly depositUnits: bigint;
  readonly settlementTimeoutS: number;
  readonly automatic: boolean;
}
