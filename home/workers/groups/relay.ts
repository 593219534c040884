/**
 * The stages and services that reach relays, and those that read a buyer's input.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** Stages, services and local services of these workers. Each import is literal, as everywhere in the tables. */
export const RELAY = {
  stages: {
    "relay-source": async () => (await import("../../../stages/relay_source.ts")).definition,
  },
  services: {
    "relay-reader": async () =>
      (await import("../../../market/relay_reader_service.ts")).definition,
    "relay-reader-anonymous": async () =>
      (await import("../../../market/relay_reader_service.ts")).anonymousDefinition,
    "relay-copies": async () =>
      (await import("../../../market/relay_copies_service.ts")).definition,
    "input-finder": async () =>
      (await import("../../../market/input_services.ts")).finderDefinition,
    "input-packer": async () =>
      (await import("../../../market/input_services.ts")).packerDefinition,
    "blobs": async () => (await import("../../../market/blobs/blob_service.ts")).definition,
    "blob-copies": async () =>
      (await import("../../../market/blobs/blob_copies_service.ts")).definition,
    "blob-share": async () =>
      (await import("../../../market/blobs/blob_share_service.ts")).definition,
    "image-writer": async () =>
      (await import("../../../market/image_writer_service.ts")).definition,
    "job-log-answers": async () =>
      (await import("../../../market/logs/relay_log_service.ts")).definition,
    "lightning": async () =>
      (await import("../../../market/lightning/lightning_service.ts")).definition,
  },
  locals: { relay: async () => (await import("../../local/relay.ts")).default },
} as const satisfies WorkerTables;
