/**
 * Finds what this machine can run, in its own worker: the tools, the sandbox, and the skills with their kinds, tags and prices. The result
 * of `look` at the start decides the exact permissions of the worker that runs skills. `scan` reads the folders again, so that added,
 * changed and removed skills are found without a restart. It keeps nothing that a later call needs, so that its worker may rest.
 *
 * @module
 */
import type { ModelEndpoint } from "../builtin/text_generation/model_endpoint.ts";
import type { SkillProblem } from "./skill_folder.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { JsonSchema } from "../json_schema.ts";
import type { SandboxChoice } from "../../base/sandbox_choice.ts";
import type { RequestRules } from "../request_rules.ts";
import type { OwnerSettings } from "./owner_settings.ts";
import type { BuildOffer, SkillPrice } from "../skill.ts";
import type { Tools } from "../sandbox/tools.ts";
import type { MachineSize } from "../sandbox/machine_size.ts";

/** The options of the catalog. */
export interface CatalogOptions {
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

/** What the folders hold. */
export type CatalogScan = Pick<SkillOffers, "skills" | "problems">;

/** The result of {@link SkillScanner.look}. */
export interface Catalog extends SkillOffers {
  readonly tools: Tools;
  readonly sandbox: Sandbox;
  readonly size: MachineSize;
}

/** The service's methods. */
export interface SkillScanner {
  /** Looks at the machine and at the folders. */
  look(): Promise<Catalog>;
  /** Reads the folders again, for the tools and the sandbox that `look` found. */
  scan(machine: Pick<Catalog, "tools" | "sandbox">): Promise<CatalogScan>;
}

/** A provider's skills, for those that follow their changes. */
export interface SkillCatalog {
  /** Sets the owner's settings and returns the version from which on callers of `changed` get them. */
  setOwner(owner: OwnerSettings): Promise<number>;
  /** Returns the skills as soon as they differ from those of `version`, and after `waitMs` in any case. */
  changed(version: number, waitMs: number): Promise<SkillOffers>;
}
