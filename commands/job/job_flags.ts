/**
 * Reads the flags that describe a job, and packs its input.
 *
 * @module
 */
import { requestLimit } from "../../market/request_limit.ts";
import { wrappableBytes } from "../../protocols/nostr/private_job.ts";
import { REQUEST_KINDS } from "../../protocols/nostr/kinds.ts";
import type { Config } from "../../config/config.ts";
import { answerRelays } from "../../config/more_relays.ts";
import type { JobFlags } from "../../market/intake.ts";
import { parseRequirements } from "../../market/requirement.ts";
import type { Preference } from "../../market/standing.ts";
import type { PackedFiles } from "../../market/packing/folder_archive.ts";
import type { Invocation } from "../../shell/command.ts";
import { keyOfName } from "../../shell/pubkey_option.ts";
import { readAll } from "../../shell/read_all.ts";
import { checkFolder, givenContext, inputPath, packPaths } from "./job_input.ts";
import { artifactParam, paramOf } from "./job_params.ts";

/**
 * The job that the flags describe with its input packed, and the list of a folder's files. An input above the request limit and up to
 * `largeBytes` is sent by reference. Throws InputError.
 */
export async function jobFlags(
  invocation: Invocation,
  config: Config,
  largeBytes = 0,
): Promise<JobFlags & { readonly files: PackedFiles | null }> {
  const { args, options, io } = invocation;
  const context = givenContext(options);
  const input = context ?? options.text("input") ?? null;
  const { profile } = config;
  // A request without a payment is sent only as an event, not in a packet.
  const limitBytes = requestLimit(profile.connectorBtp, {
    eventBytes: config.get("limits.event_bytes"),
    prepareDataBytes: config.get("limits.prepare_data_bytes"),
  });
  const path = input === null ? null : inputPath(input, io.cwd());
  if (context !== undefined) await checkFolder(context, path);
  const includeIgnored = options.on("includeIgnored");
  const place = path === null ? undefined : (await packPaths(invocation, config, [path], {
    includeIgnored,
    limitBytes: roomForInput(limitBytes, options.on("private"), largeBytes),
    largeBytes,
  })).get(path);
  return {
    type: args.required("type"),
    kind: options.integer("kind", { min: REQUEST_KINDS.first, max: REQUEST_KINDS.last }),
    input: place === undefined ? input : null,
    ...(place === undefined ? {} : { packed: place.packed }),
    files: place?.files ?? null,
    ...(input === "-" ? { stdin: await readAll(io.stdin) } : {}),
    params: [...options.list("param").map(paramOf), ...artifactParam(options.list("artifact"))],
    platform: options.text("platform") ?? null,
    tags: options.list("tag"),
    requirements: options.list("require").flatMap(parseRequirements),
    payment: options.text("payment") as JobFlags["payment"],
    prefer: options.text("prefer") as Preference,
    bidUnits: options.amount("bid", profile.asset) ?? null,
    provider: await providerOf(options.text("provider")),
    relays: answerRelays(profile),
    timeoutS: options.integer("timeout", { min: 1, max: 86_400 }) ?? config.get("jobs.timeout_s"),
    limitBytes,
  };
}

/** The most that an input may add to a request. What exceeds it is stored, if it can be stored. */
function roomForInput(limitBytes: number, isPrivate: boolean, largeBytes: number): number {
  if (largeBytes === 0) return limitBytes;
  return (isPrivate ? wrappableBytes(limitBytes) : limitBytes) - OTHER_BYTES;
}

/** Room for the other parts of a request. */
const OTHER_BYTES = 2_048;

/** A public key in hex. An `npub` is decoded. */
export async function providerOf(text: string | undefined): Promise<string | null> {
  return text === undefined ? null : await keyOfName(text, "--provider");
}
