/**
 * The skills of a home for skillSink: a skill host in the sink's worker, with the market's messages.
 *
 * @module
 */
import type { Pubkey } from "../../protocols/nostr/event.ts";
import { createSkillRunner, type SkillRunner } from "../../market/skill_runner.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Store } from "../../store/store.ts";
import { builtinSkills } from "../../skills/builtin/builtin_skills.ts";
import type { ModelEndpoint } from "../../skills/builtin/text_generation/model_endpoint.ts";
import { createLaunchPool } from "../../skills/sandbox/launch_pool.ts";
import { createSkillHost } from "../../skills/host/host.ts";
import { createSkillRegistry } from "../../skills/catalog/registry.ts";
import type { SkillBlobs } from "../../skills/skill.ts";
import { LAYERS, REPOSITORIES } from "../../skills/sandbox/work_place.ts";
import type { Sandbox, SandboxPolicy } from "../../skills/sandbox/sandbox.ts";
import type { QuoteTerms } from "../../market/quotes/quote_offers.ts";
import type { InvoiceMaker } from "../../market/lightning/make_invoice.ts";
import type { SkillCatalog } from "../../skills/catalog/catalog_service.ts";
import type { Tools } from "../../skills/sandbox/tools.ts";
import type { LocalServiceContext } from "../../runtime/service.ts";
import { liveRules } from "./live_rules.ts";
import type { RulesOptions } from "./provider_rules.ts";

/** The options of a home's skills. */
export interface SkillsOptions {
  /** Own public key in hex. */
  readonly pubkey: string;
  /** How many documents skills may process at the same time. */
  readonly concurrency: number;
  /** The most bytes that a result event may take. */
  readonly limitBytes: number;
  /** The price of a written byte for the provider, in decimal; 0 by default. What the provider was paid limits what it publishes. */
  readonly writeUnitsPerByte?: string;
  /** The price of a MiB of storage, in decimal; absent if the network has no blob server. */
  readonly blobUnitsPerMib?: string;
  /** The address at which a provider is paid; null or absent if it cannot be paid. */
  readonly ilpAddress?: string | null;
  /** The terms of a provider's quotes on a relay; absent if it cannot be paid over ILP. */
  readonly quotes?: QuoteTerms;
  /** The price of every job over Lightning, in decimal millisatoshis; absent if none is taken. */
  readonly lightningMsats?: string;
  /** True if relay writes are free. */
  readonly freeWrites?: boolean;
  /** What is provided here; null for a buyer. */
  readonly rules: RulesOptions | null;
  /** Null if no skills run, and requests and answers are only recorded. */
  readonly hosting: SkillHosting | null;
}

/** The tools for running skills. */
export interface SkillHosting {
  readonly tools: Tools;
  readonly sandbox: Sandbox;
  readonly policy: SandboxPolicy;
  readonly platform: string;
  /** The operator's model server, if there is one. */
  readonly model?: ModelEndpoint | null;
  /** Folders that contain skill folders. */
  readonly folders: readonly string[];
  /** Paths of the files that list the approved skills. */
  readonly approvals: readonly string[];
  /** The folder for files of callback skills; absent if no callbacks run here. */
  readonly artifacts?: string;
  /** The folder for runs. Only this host uses it. */
  readonly workFolder: string;
}

/** How many shells wait for jobs. When one is taken, the next one starts. */
const WAITING_SHELLS = 4;

const NO_TOOLS: Tools = { git: null, sh: null, bwrap: null, deno: null, path: "" };

/** Makes the runner. At the same time removes what interrupted runs left. */
export default async function skills(
  options: SkillsOptions,
  services: {
    readonly store: Store;
    readonly signer?: Signer;
    readonly offers?: SkillCatalog;
    readonly blobs?: SkillBlobs;
    readonly lightning?: InvoiceMaker;
  },
  context: LocalServiceContext,
): Promise<SkillRunner> {
  const { hosting } = options;
  const sandbox: Sandbox = hosting?.sandbox ?? { type: "none", reason: "nothing is run here" };
  const live = options.rules === null ? null : liveRules(options.rules, services.offers, context);
  const atStart = hosting?.policy ?? { ownNetwork: false, allowBuyers: [] };
  const policy = {
    ownNetwork: atStart.ownNetwork,
    get allowBuyers() {
      return live === null ? atStart.allowBuyers : live.rules().allowBuyers ?? [];
    },
  };
  // The options are of the provider's start. A worker that starts later must not judge its first request by them.
  await live?.known;
  const found = hosting?.tools ?? NO_TOOLS;
  const pooled = sandbox.type !== "none" && options.rules !== null && !context.signal.aborted;
  const tools = pooled && found.sh !== null
    ? {
      ...found,
      pool: createLaunchPool({
        sh: found.sh,
        path: found.path,
        groups: found.groups ?? null,
        keyring: sandbox.keyring,
        size: Math.min(options.concurrency, WAITING_SHELLS),
      }),
    }
    : found;
  // Waited for, because Deno kills the shells with the worker: then they could not remove their groups.
  context.atEnd(async () => await tools.pool?.close());
  const host = createSkillHost({
    registry: createSkillRegistry({
      builtin: hosting === null ? [] : await builtinSkills({
        tools,
        sandbox,
        policy,
        platform: hosting.platform,
        model: hosting.model ?? null,
        artifacts: hosting.artifacts ?? null,
        layers: `${hosting.workFolder}/${LAYERS}`,
        repositories: `${hosting.workFolder}/${REPOSITORIES}`,
      }),
      folders: hosting?.folders ?? [],
      approvals: hosting?.approvals ?? null,
    }),
    workFolder: hosting?.workFolder ?? "/nonexistent",
    tools,
    sandbox,
    policy,
    concurrency: options.concurrency,
    clock: context.clock,
    blobs: services.blobs,
  });
  // Removed in the background, because a job may have left a million files.
  if (hosting !== null) {
    host.sweep().then(({ removed, left }) => {
      if (removed > 0) context.log("info", "folders of cut-off runs removed", { folders: removed });
      if (left.length === 0) return;
      const names = left.join(" ");
      context.log("warn", "folders of cut-off runs cannot be removed", { folders: names });
    }, (error: Error) => {
      context.log("warn", "the work folder cannot be cleaned up", { error: error.message });
    });
  }
  return createSkillRunner({
    host,
    store: services.store,
    signer: services.signer,
    ilpAddress: options.ilpAddress,
    quotes: options.quotes,
    freeWrites: options.freeWrites,
    pubkey: options.pubkey as Pubkey,
    rules: live === null ? null : live.rules,
    limitBytes: options.limitBytes,
    writeUnitsPerByte: BigInt(options.writeUnitsPerByte ?? "0"),
    ...services.blobs !== undefined && options.blobUnitsPerMib !== undefined && {
      storage: { blobs: services.blobs, unitsPerMib: BigInt(options.blobUnitsPerMib) },
    },
    ...services.lightning !== undefined && options.lightningMsats !== undefined && {
      lightning: { maker: services.lightning, msats: BigInt(options.lightningMsats) },
    },
    clock: context.clock,
    log: (jobId, text, of) =>
      of === "fault"
        ? context.log("warn", "job could not be run here", {
          job_id: jobId,
          reason: text.slice(0, 1_000),
        })
        : context.log("debug", "skill said", { job_id: jobId, text: text.slice(-1_000) }),
  });
}
