/**
 * The services for a buyer's input, for blobs, and for images.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** Stages, services and local services of these workers. Each import is literal, as everywhere in the tables. */
export const FILES = {
  stages: {},
  services: {
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
  },
  locals: {},
} as const satisfies WorkerTables;
