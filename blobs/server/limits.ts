/**
 * The limits of a blob server.
 *
 * @module
 */
import type { Pace } from "../http/http_connection.ts";

/** Limits of a blob server. */
export interface BlobServerLimits extends Pace {
  /** Size of one blob. */
  readonly maxBlobBytes: number;
  /** Bytes of all blobs and of uploads in progress. */
  readonly capacityBytes: number;
  /** How long a blob is kept after its last upload, seconds. */
  readonly keepS: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** How long a head may take, and a connection may be idle. */
  readonly requestMs: number;
  /** The most bodies that are read at the same time; further ones get 503. */
  readonly maxUploads: number;
  /** The most unfinished uploads of one key. */
  readonly maxUploadsPerKey: number;
  /** The most blobs that are fetched from other servers at the same time; further requests get 503. */
  readonly maxMirrors: number;
  /** The most of them for one key. */
  readonly maxMirrorsPerKey: number;
  /** How long fetching a blob may take. */
  readonly mirrorMs: number;
  /** How long an unfinished upload can be continued. */
  readonly uploadKeptMs: number;
  /** How often expired blobs are removed. */
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
  maxMirrors: 16,
  maxMirrorsPerKey: 8,
  mirrorMs: 600_000,
  uploadKeptMs: 3_600_000,
  sweepMs: 60_000,
};
