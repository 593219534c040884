/**
 * The skills of a home as skillSink is given them: a skill host in the sink's own worker, with the market's words around it.
 *
 * @module
 */
import type { Pubkey } from "../../protocols/nostr/event.ts";
import { createSkillRunner } from "../../market/skill_runner.ts";
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
import type { SkillCatalog } from "../../skills/catalog/catalog_service.ts";
import type { Tools } from "../../skills/sandbox/tools.ts";
import type { SkillRunner } from "../../stages/skill_sink_services.ts";
import type { LocalServiceContext } from "../../runtime/service.ts";
import { liveRules } from "./live_rules.ts";
import type { RulesOptions } from "./provider_rules.ts";

/** What the skills of a home may use. */
export interface SkillsOptions {
  /** Own public key in hex. */
  readonly pubkey: string;
  /** Documents with skills at once. */
  readonly concurrency: number;
  /** The most bytes that a result event may take. */
  readonly limitBytes: number;
  /** What a relay write costs a provider, in decimal; what it was paid bounds what it publishes. None unless told. */
  readonly writeUnitsPerByte?: string;
  /** What a MiB of storage costs, in decimal; absent where the network has no blob server. */
  readonly blobUnitsPerMib?: string;
  /** Where a provider is paid; null or absent where it cannot be. */
  readonly ilpAddress?: string | null;
  /** Whether relay writes go free. */
  readonly freeWrites?: boolean;
  /** What is provided here; null for a buyer. */
  readonly rules: RulesOptions | null;
  /** Null where nothing is run: requests and answers are recorded only. */
  readonly hosting: SkillHosting | null;
}

/** What running skills needs. */
export interface SkillHosting {
  readonly tools: Tools;
  readonly sandbox: Sandbox;
  readonly policy: SandboxPolicy;
  readonly platform: string;
  /** The operator's model server; absent where there is none. */
  readonly model?: ModelEndpoint | null;
  /** Folders of skill folders. */
  readonly folders: readonly string[];
  /** Which of the skills may run. */
  readonly approvals: string;
  /** Where callback skills leave files; absent where no callback is given. */
  readonly artifacts?: string;
  /** Where runs have their folders; this host's alone. */
  readonly workFolder: string;
}

/** Shells that wait for jobs; the next is started when one was taken. */
const WAITING_SHELLS = 2;

const NO_TOOLS: Tools = { git: null, sh: null, bwrap: null, deno: null, path: "" };

/** Makes the runner; leftovers of runs that a crash cut short are removed meanwhile. */
export default async function skills(
  options: SkillsOptions,
  services: {
    readonly store: Store;
    readonly signer?: Signer;
    readonly offers?: SkillCatalog;
    readonly blobs?: SkillBlobs;
  },
  context: LocalServiceContext,
): Promise<SkillRunner> {
  const { hosting } = options;
  const sandbox: Sandbox = hosting?.sandbox ?? { type: "none", reason: "nothing is run here" };
  const policy = hosting?.policy ?? { ownNetwork: false, allowBuyers: [] };
  const found = hosting?.tools ?? NO_TOOLS;
  const pooled = found.sh !== null && sandbox.type !== "none" && options.rules !== null;
  const tools = pooled
    ? {
      ...found,
      pool: createLaunchPool({
        sh: found.sh,
        path: found.path,
        groups: found.groups ?? null,
        size: Math.min(options.concurrency, WAITING_SHELLS),
      }),
    }
    : found;
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
  // Beside the runs: a job may have left a million files.
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
  const live = options.rules === null ? null : liveRules(options.rules, services.offers, context);
  return createSkillRunner({
    host,
    store: services.store,
    signer: services.signer,
    ilpAddress: options.ilpAddress,
    freeWrites: options.freeWrites,
    pubkey: options.pubkey as Pubkey,
    rules: live === null ? null : live.rules,
    limitBytes: options.limitBytes,
    writeUnitsPerByte: BigInt(options.writeUnitsPerByte ?? "0"),
    ...services.blobs !== undefined && options.blobUnitsPerMib !== undefined && {
      storage: { blobs: services.blobs, unitsPerMib: BigInt(options.blobUnitsPerMib) },
    },
    clock: context.clock,
    log: (jobId, text) =>
      context.log("debug", "skill said", { job_id: jobId, text: text.slice(-1_000) }),
  });
}
