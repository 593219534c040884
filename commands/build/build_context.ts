/**
 * The context of a build: a folder or a git bundle that is packed and sent, or the URL of a repository that its provider fetches.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { requestLimit } from "../../market/request_limit.ts";
import type { PackedPlace } from "../../market/pack_place.ts";
import { wrappableBytes } from "../../protocols/nostr/private_job.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import { largestInput } from "../job/job_blob.ts";
import { inputPath, packPaths } from "../job/job_input.ts";

/** A context as the request will name it. */
export type BuildContext =
  | { readonly url: string; readonly place: null }
  | { readonly url: null; readonly place: PackedPlace };

/** Packs a folder or bundle, or takes a URL as it is. Throws UsageError, InputError. */
export async function buildContext(
  invocation: Invocation,
  config: Config,
  secrets: Readonly<Record<string, string>>,
): Promise<BuildContext> {
  const { args, options, io } = invocation;
  const given = args.text("context") ?? ".";
  if (/^https?:\/\//.test(given)) return { url: given, place: null };
  const path = inputPath(given, io.cwd());
  const isPrivate = Object.keys(secrets).length > 0;
  const taken = new TextEncoder().encode(JSON.stringify(JSON.stringify(secrets))).length;
  const limitBytes = isPrivate ? wrappableBytes(limitOf(config)) - taken : limitOf(config);
  const includeIgnored = options.on("includeIgnored");
  const packing = { includeIgnored, limitBytes, largeBytes: largestInput(config) };
  const place = path === null
    ? undefined
    : (await packPaths(invocation, config, [path], packing)).get(path);
  if (place?.packed.type === "tar" || place?.packed.type === "bundle") return { url: null, place };
  throw new UsageError(
    `${given} is no folder, no git bundle and no tar.gz`,
    "give the folder with the Containerfile, or https://host/repo.git#commit",
  );
}

/** The largest size of a request, in bytes. */
export function limitOf(config: Config): number {
  return requestLimit(config.profile.connectorBtp, {
    eventBytes: config.get("limits.event_bytes"),
    prepareDataBytes: config.get("limits.prepare_data_bytes"),
  });
}
