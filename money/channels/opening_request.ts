/**
 * The request to open a channel.
 *
 * @module
 */
import type { PinnedPeer } from "../claims/channel_manager.ts";

/** The properties of the new channel. */
export interface OpeningRequest {
  readonly peer: PinnedPeer;
  readonly depositUnits: bigint;
  readonly settlementTimeoutS: number;
  readonly automatic: boolean;
}
