/**
 * Finds what this machine can run, in its own worker: the tools, the sandbox, and the skills with their kinds, tags and prices. The result
 * of
 * `look` at the start decides the exact permissions of the worker that runs skills. While a caller waits for a change, the folders are
 * scanned every 2 seconds, so that added, changed and removed skills are found without a restart.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { ModelEndpoint } from "../builtin/text_generation/model_endpoint.ts";
import { describedBuiltins } from "./described_builtins.ts";
import { createSkillRegistry, type RegisteredSkill } from "./registry.ts";
import { problem, type SkillProblem } from "./skill_folder.ts";
import { findBuilder } from "../sandbox/builder.ts";
import type { Builder } from "../sandbox/emulators.ts";
import { findControlGroups } from "../sandbox/control_groups.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { probeSandbox } from "../sandbox/sandbox_probe.ts";
import { tierFault } from "../sandbox/tier.ts";
import type { JsonSchema } from "../json_schema.ts";
import type { SandboxChoice } from "../../base/sandbox_choice.ts";
import type { RequestRules } from "../request_rules.ts";
import type { OwnerSettings } from "./owner_settings.ts";
import type { BuildOffer, SkillPrice } from "../skill.ts";
import { locateTools, type Tools } from "../sandbox/tools.ts";
import { type MachineSize, measureMachine } from "../sandbox/machine_size.ts";

/** The options of the catalog. */
interface CatalogOptions {
  /** The `PATH` of this process. */
  readonly path: string;
  readonly execPath: string;
  /** Folders of skill folders; they may be missing. */
  readonly folders: readonly string[];
  /** The files of approvals (see RegistryOptions). */
  readonly approvals: readonly string[];
  /** The readable folders of the tools: those of `PATH`, and that of `execPath`. */
  readonly toolFolders: readonly string[];
  /** For example `linux/amd64`. */
  readonly platform: string;
  /** The operator's model server, if there is one. */
  readonly model?: ModelEndpoint | null;
  /** A folder for short-lived files of the shell. */
  readonly scratch: string;
  /** The folder of base images for builds; it may be missing. */
  readonly images: string;
  /** The sandbox that the owner chose. Default: bubblewrap. */
  readonly sandbox?: SandboxChoice;
}

/** An offered skill. */
export interface OfferedSkill {
  readonly name: string;
  readonly kinds: readonly number[];
  readonly addressed: boolean;
  /** Names under which it can be ordered: its own, and those that its author added. */
  readonly types: readonly string[];
  readonly tags: readonly string[];
  readonly price: SkillPrice;
  readonly builtin: boolean;
  /** The images that it can build here; null for a skill that builds none. */
  readonly builds: BuildOffer | null;
  /** The requests that it can run; null for any. */
  readonly request: RequestRules | null;
  /** The schema of its results. Default: any result. */
  readonly output?: JsonSchema;
  /** The longest run, in seconds. Absent if it was not read. */
  readonly timeoutS?: number;
  /** Whether it runs commands for which buyers outside the allow list need a sandbox. */
  readonly sandboxed: boolean;
  /** Whether its owner lets it run without the sandbox. It then serves only buyers on the allow list. */
  readonly trusting: boolean;
}

/** The current skills. */
export interface SkillOffers {
  /** The version, which rises with each change. */
  readonly version: number;
  readonly skills: readonly OfferedSkill[];
  readonly problems: readonly SkillProblem[];
  /** The owner's settings since they changed; null before. */
  readonly owner: OwnerSettings | null;
}

/** The result of {@link SkillCatalog.look}. */
export interface Catalog extends SkillOffers {
  readonly tools: Tools;
  readonly sandbox: Sandbox;
  readonly size: MachineSize;
}

/** The service's methods. */
export interface SkillCatalog {
  look(): Promise<Catalog>;
  /** Sets the owner's settings and returns the version from which on callers of `changed` get them. */
  setOwner(owner: OwnerSettings): Promise<number>;
  /** Returns the skills as soon as they differ from those of `version`, and after `waitMs` in any case. */
  changed(version: number, waitMs: number): Promise<SkillOffers>;
}

/** How often folders are scanned while a caller waits, in milliseconds. All waiting callers share a scan. */
const LOOK_MS = 2_000;

/** For the host: the service `skill-catalog`. */
export const definition = defineService({
  name: "skill-catalog",
  methods: ["look", "changed", "setOwner"] as const,
  permissions: ({ folders, approvals, toolFolders, scratch, images }: CatalogOptions) => ({
    read: [...folders, ...approvals, ...toolFolders, images],
    // The sandbox is tested in this folder.
    write: [scratch],
    run: ["bwrap", "sh"],
  }),
  start: (
    options: CatalogOptions,
    _services: unknown,
    { clock }: { readonly clock: () => number },
  ): Promise<SkillCatalog> => skillCatalog(options, clock),
});

async function skillCatalog(
  options: CatalogOptions,
  clock: () => number,
): Promise<SkillCatalog> {
  const { folders, approvals, platform } = options;
  const describe = async (builder: Builder | null) =>
    createSkillRegistry({
      builtin: await describedBuiltins(platform, options.model ?? null, builder),
      folders,
      approvals,
    });
  let registry = await describe(null);
  let sandbox: Sandbox = { type: "none", reason: "nothing was tried yet" };
  let offers: SkillOffers = { version: 0, skills: [], problems: [], owner: null };
  let told = Promise.withResolvers<void>();
  let text = "";
  let scanning: Promise<void> | null = null;
  const scan = async () => {
    const { skills: all, problems } = await registry.scan();
    const weak = all.flatMap(({ manifest, folder }) => {
      const fault = tierFault(manifest, sandbox);
      return fault === null ? [] : [problem(folder ?? "", "weak_sandbox", fault)];
    });
    const skills = all.filter(({ manifest }) => tierFault(manifest, sandbox) === null);
    // Builtin callback skills are called by name, and are not sold.
    const sold = skills.filter(({ builtin, manifest }) =>
      builtin === null
        ? manifest.judges !== true
        : manifest.kinds.length > 0 && manifest.builds?.platforms.length !== 0
    );
    const found = { skills: sold.map(offered), problems: [...problems, ...weak] };
    const now = JSON.stringify(found, (_, value) => typeof value === "bigint" ? `${value}` : value);
    if (now !== text) offers = { ...offers, version: offers.version + 1, ...found };
    text = now;
  };
  const scanned = () => scanning ??= scan().finally(() => scanning = null);
  let next: Promise<void> | null = null;
  const nextScan = () =>
    next ??= new Promise((resolve) => setTimeout(resolve, LOOK_MS)).then(() => {
      next = null;
      return scanned();
    });
  return {
    async look() {
      const found = await locateTools({ path: options.path, execPath: options.execPath });
      const groups = found.sh === null
        ? null
        : await findControlGroups({ sh: found.sh, path: found.path });
      sandbox = await probeSandbox(
        { ...found, groups },
        clock,
        options.scratch,
        options.sandbox,
      );
      const builder = await findBuilder(found, sandbox, options, clock);
      const tools = { ...found, groups, builder };
      registry = await describe(builder);
      const size = await measureMachine(found, options.scratch);
      await scanned();
      return { tools, sandbox, size, ...offers };
    },
    async changed(version, waitMs) {
      const untilMs = clock() + waitMs;
      await scanned();
      while (offers.version === version && clock() < untilMs) {
        await Promise.race([nextScan(), told.promise]);
      }
      return offers;
    },
    setOwner(owner) {
      offers = { ...offers, version: offers.version + 1, owner };
      told.resolve();
      told = Promise.withResolvers();
      return Promise.resolve(offers.version);
    },
  };
}

function offered({ manifest, builtin }: RegisteredSkill): OfferedSkill {
  const { name, kinds, addressed, types, tags, price, run, builds = null } = manifest;
  return {
    name,
    kinds,
    addressed,
    types: [...new Set([name, ...types])],
    tags,
    price,
    builtin: builtin !== null,
    builds,
    request: manifest.request ?? null,
    ...manifest.output !== undefined && { output: manifest.output },
    timeoutS: manifest.limits.timeoutS,
    sandboxed: builtin === null || builtin.runsCommands === true,
    trusting: (run.type === "command" || run.type === "agent") && !run.sandbox,
  };
}
