/**
 * What a blob server takes from anybody at most.
 *
 * @module
 */
import type { Pace } from "../http/http_connection.ts";

/** The bounds of a blob server. */
export interface BlobServerLimits extends Pace {
  /** One blob. */
  readonly maxBlobBytes: number;
  /** All blobs and all that is being uploaded. */
  readonly capacityBytes: number;
  /** How long a blob is kept after its last upload, seconds. */
  readonly keepS: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** How long a head may take, and a connection may be idle. */
  readonly requestMs: number;
  /** Bodies that are read at the same time; above, 503. */
  readonly maxUploads: number;
  /** Uploads that one key may have begun. */
  readonly maxUploadsPerKey: number;
  /** How long what was begun is kept for its upload to go on. */
  readonly uploadKeptMs: number;
  /** How often what is over is removed. */
  readonly sweepMs: number;
}

/** The limits of the `dev` network. */
export const BLOB_SERVER_LIMITS: BlobServerLimits = {
  maxBlobBytes: 2 ** 31,
  capacityBytes: 2 ** 34,
  keepS: 7 * 86_400,
  maxConnections: 256,
  maxConnectionsPerAddress: 128,
  requestMs: 15_000,
  idleMs: 15_000,
  leastBytesPerSecond: 4_096,
  graceMs: 15_000,
  maxUploads: 32,
  maxUploadsPerKey: 64,
  uploadKeptMs: 3_600_000,
  sweepMs: 60_000,
};
