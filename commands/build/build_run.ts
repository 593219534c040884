/**
 * Buys one job for each platform, waits for all of them, and puts the images into one archive.
 *
 * @module
 */
import { resolve } from "../../base/path.ts";
import { unlessAborted } from "../../base/until_aborted.ts";
import type { Config } from "../../config/config.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { JobFlags } from "../../market/intake.ts";
import type { Market } from "../../market/market_service.ts";
import { IMAGE_BUILD } from "../../protocols/nostr/kinds.ts";
import { AutoDepositWatch } from "../../shell/auto_deposits.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, unlessInterrupted, UsageError } from "../../shell/errors.ts";
import { type HomeClient, openHomeClient } from "../../shell/home/home_client.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { dryRunState } from "../../shell/home/dry_run_state.ts";
import { noteNetwork } from "../../shell/home/money_banner.ts";
import { ownPlatform } from "../../shell/platform.ts";
import type { JobRow } from "../../store/job_row.ts";
import { basesUnknown } from "../job/build_bases.ts";
import { type LargeInput, noteLarge, referredInput } from "../job/job_blob.ts";
import { openMarket } from "../job/open_market.ts";
import { JobOnce } from "../job/job_once.ts";
import { jobGoesOn, tellProgress } from "../job/job_progress.ts";
import { succeeded } from "../job/job_report.ts";
import { privately } from "../job/private_job.ts";
import { providerOf } from "../job/job_flags.ts";
import { planAndMake } from "../job/plan_and_make.ts";
import { type BuildContext, buildContext, limitOf } from "./build_context.ts";
import { gatherImages } from "./build_images.ts";
import { loadArchive } from "./load_archive.ts";
import { planBuild } from "./build_plan.ts";
import { readSecrets } from "./build_secrets.ts";
import { showBuild } from "./build_report.ts";

/** Runs the command. Exit 1 if a build or its test failed. The archive is written only if all builds succeeded. */
export async function build(invocation: Invocation): Promise<number> {
  const { options, output, globals } = invocation;
  const given = await configOf(invocation);
  const platforms = platformsOf(options.text("platform") ?? ownPlatform());
  const secrets = await readSecrets(invocation);
  const isPrivate = Object.keys(secrets).length > 0;
  if (isPrivate && options.on("shareCache")) {
    throw new UsageError(
      "layers of a build with secrets are not shared",
      "leave --share-cache out",
    );
  }
  // Uses the real home's paths, not those of a dry run, so that the home's own files are never packed.
  const context = await buildContext(invocation, given, secrets);
  await using state = await dryRunState(given, globals);
  const { config } = state;
  await noteNetwork(output, config);
  await using home = await openHomeClient(invocation, config, {
    buys: true,
    sameNetwork: true,
    sameRelay: true,
    sends: !globals.dryRun,
    fits: () => true,
  });
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const market = await openMarket({ supervisor });
    const flags = await buildFlags(invocation, config, market, context, secrets);
    const input = context.place === null
      ? { packed: undefined, large: null, inputHash: null }
      : await referredInput(context.place.packed, config, isPrivate, invocation.output);
    if (input.large !== null) await noteLarge(invocation, config, input.large);
    const { packed, large, inputHash } = input;
    const sent = { ...flags, packed, isPrivate, inputHash };
    const jobs = platforms.map((platform) => ({ ...sent, platform }));
    if (globals.dryRun) {
      const files = context.place?.files ?? null;
      const asked = jobs.map((job) => privately(job, isPrivate, home.about));
      return await planBuild(invocation, config, { home, market }, asked, { large, files });
    }
    const made: JobRow[] = [];
    for (const job of jobs) {
      made.push(await makeOne(invocation, config, home, market, job, large));
    }
    const rows = await Promise.all(made.map((row) => ended(invocation, home, row)));
    const to = options.text("to");
    const name = options.required("tag");
    const file = to === undefined ? null : resolve(invocation.io.cwd(), to);
    const load = options.on("load");
    await using temporary = load && file === null ? await temporaryFolder() : null;
    const archive = file ?? (temporary && `${temporary.path}/images.tar`);
    const gathered = rows.every(succeeded)
      ? await gatherImages({ home, market, supervisor }, {
        name,
        jobs: rows.map(({ request, result }, at) => ({
          request,
          result: result!,
          platform: platforms[at],
        })),
        to: archive,
        own: ownPlatform(),
        url: context.url,
      })
      : null;
    const isThere = gathered !== null && !("error" in gathered);
    const loaded = load && isThere ? await loadArchive(archive!, invocation.signal) : null;
    await showBuild(invocation, market, config, { name, rows, platforms, gathered, file, loaded });
    return isThere ? 0 : 1;
  } finally {
    await supervisor.stop(0);
  }
}

function platformsOf(text: string): string[] {
  const platforms = [...new Set(text.split(",").map((each) => each.trim()))];
  const wrong = platforms.find((each) => !/^linux\/[a-z0-9]{1,16}$/.test(each));
  if (wrong === undefined && platforms.length <= MAX_PLATFORMS) return platforms;
  throw new UsageError(
    `--platform is at most ${MAX_PLATFORMS} of linux/ARCH with commas (got ${text})`,
    "e.g. --platform linux/amd64,linux/arm64",
  );
}

const MAX_PLATFORMS = 8;

/** The flags that the jobs of all platforms share. */
async function buildFlags(
  { options }: Invocation,
  config: Config,
  market: Pick<Market, "readContext">,
  { url, place }: BuildContext,
  secrets: Readonly<Record<string, string>>,
): Promise<Omit<JobFlags, "platform">> {
  const dockerfile = options.text("file") ?? null;
  const given = Object.fromEntries(options.list("buildArg").map(argumentOf));
  const packed = place?.packed;
  const { bases: found, test } = packed === undefined
    ? { bases: null, test: null }
    : await market.readContext({ packed, dockerfile, args: given });
  const bases = basesOf(found, options.list("base"));
  const wanted = options.text("test") ?? test;
  const target = options.text("target");
  const params: (readonly [string, string])[] = [
    ["tag", options.required("tag")],
    ["bases", bases.join(" ")],
    ["cache", cacheOf(options)],
    ...(dockerfile === null ? [] : [["dockerfile", dockerfile] as const]),
    ...(target === undefined ? [] : [["target", target] as const]),
    ...(wanted === null ? [] : [["test", wanted] as const]),
    ...(Object.keys(given).length === 0 ? [] : [["build_args", JSON.stringify(given)] as const]),
    ...(Object.keys(secrets).length === 0 ? [] : [["secrets", JSON.stringify(secrets)] as const]),
  ];
  const { profile } = config;
  return {
    type: IMAGE_BUILD.types[0],
    input: url,
    packed,
    params,
    tags: [],
    bidUnits: options.amount("bid", profile.asset) ?? null,
    provider: await providerOf(options.text("provider")),
    relays: [profile.relayUrl],
    timeoutS: options.integer("timeout", { min: 1, max: 86_400 }) ?? IMAGE_BUILD.limits.timeoutS,
    limitBytes: limitOf(config),
  };
}

/** The base images that the Containerfile names. If it cannot be read here, the user names them. Throws UsageError. */
function basesOf(found: readonly string[] | null, given: readonly string[]): readonly string[] {
  if (found === null && given.length === 0) throw basesUnknown("--base debian:12");
  if (found !== null && given.length > 0) {
    throw new UsageError(
      "--base is for a context whose Containerfile cannot be read here",
      "leave --base out: this Containerfile names its base images",
    );
  }
  const wrong = given.find((name) => !/^[\x21-\x7e]{1,255}$/.test(name));
  if (wrong === undefined) return found ?? given.filter((name) => name !== "scratch");
  throw new UsageError(`--base is the name of an image (got ${wrong})`, "e.g. --base debian:12");
}

/** The buyer's layers are private unless the buyer says otherwise. */
function cacheOf(options: Invocation["options"]): "private" | "shared" | "none" {
  // The parser turns "--no-cache" into `cache: false`.
  const none = !options.on("cache");
  const shared = options.on("shareCache");
  if (none && shared) throw new UsageError("--no-cache shares nothing", "leave one of them out");
  return none ? "none" : shared ? "shared" : "private";
}

function argumentOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new UsageError(
    `--build-arg must be name=value (got ${text})`,
    "e.g. --build-arg VERSION=2",
  );
}

async function makeOne(
  invocation: Invocation,
  config: Config,
  home: HomeClient,
  market: Market,
  asked: JobFlags & { readonly isPrivate: boolean },
  large: LargeInput | null,
): Promise<JobRow> {
  const flags = { ...asked, callbackSkill: null };
  const once = new JobOnce(invocation, config, flags);
  const deposits = new AutoDepositWatch(config, invocation.output);
  const made = await planAndMake(
    invocation,
    config,
    home,
    market,
    flags,
    null,
    large,
    once,
    deposits,
  );
  if (made === null) throw new CommandError("no_job", "no job was made", "run it again");
  if (made.existing) {
    await invocation.output.note(`${made.row.jobId}: the same command made it before`);
  }
  return made.row;
}

async function ended(invocation: Invocation, home: HomeClient, row: JobRow): Promise<JobRow> {
  const tell = tellProgress(invocation, home);
  tell(row);
  const { jobId, updatedAtMs: knownMs } = row;
  const asked = { jobId, wanted: "ended", knownMs } as const;
  const wait = () => home.untilJob(asked, home.call<JobRow>(tell));
  return await unlessAborted(
    invocation.signal,
    unlessInterrupted(invocation.signal, jobGoesOn(jobId), wait),
  );
}

/** A temporary folder for an archive that is loaded into an engine and not kept. */
async function temporaryFolder() {
  const path = await Deno.makeTempDir({ prefix: "crosstown-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
