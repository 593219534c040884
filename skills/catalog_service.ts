/**
 * What this machine can run, looked at once at the start in a worker of its own: the tools, whether there is a sandbox, and the
 * skills with their kinds, tags and prices. What it finds becomes the exact permissions of the worker in which skills run.
 *
 * @module
 */
import { ciRun } from "./builtin/ci_run/ci_run.ts";
import { echo } from "./builtin/echo.ts";
import { createSkillRegistry } from "./registry.ts";
import { findControlGroups } from "./control_groups.ts";
import type { Sandbox } from "./sandbox.ts";
import { probeSandbox } from "./sandbox_probe.ts";
import type { RequestRules } from "./request_rules.ts";
import type { SkillPrice } from "./skill.ts";
import { locateTools, type Tools } from "./tools.ts";

/** Where to look. */
export interface CatalogOptions {
  /** `PATH` of this process. */
  readonly path: string;
  readonly execPath: string;
  /** Folders of skill folders; they may be missing. */
  readonly folders: readonly string[];
  /** Folders that hold the tools and may be read: `PATH`'s, and the one of `execPath`. */
  readonly toolFolders: readonly string[];
  /** e.g. `linux/amd64`. */
  readonly platform: string;
  /** A folder for short-lived files of the shell. */
  readonly scratch: string;
}

/** One skill as it is offered. */
export interface OfferedSkill {
  readonly name: string;
  readonly kinds: readonly number[];
  readonly tags: readonly string[];
  readonly price: SkillPrice;
  readonly builtin: boolean;
  /** Which requests it can run; null is any. */
  readonly request: RequestRules | null;
  /** Whether it runs commands that strangers may be served with in a sandbox alone. */
  readonly sandboxed: boolean;
}

/** What was found. */
export interface Catalog {
  readonly tools: Tools;
  readonly sandbox: Sandbox;
  readonly skills: readonly OfferedSkill[];
  readonly problems: readonly {
    readonly folder: string;
    readonly code: string;
    readonly message: string;
  }[];
}

/** What may be asked. */
export interface SkillCatalog {
  look(): Promise<Catalog>;
}

/** For the host: the service `skill-catalog`. */
export const definition = {
  name: "skill-catalog",
  methods: ["look"] as const,
  permissions: ({ folders, toolFolders }: CatalogOptions) => ({
    read: [...folders, ...toolFolders],
    run: ["bwrap", "sh"],
  }),
  start: (
    options: CatalogOptions,
    _services: unknown,
    context: { readonly clock: () => number },
  ): Promise<SkillCatalog> =>
    Promise.resolve({
      async look() {
        const found = await locateTools({ path: options.path, execPath: options.execPath });
        const groups = found.sh === null
          ? null
          : await findControlGroups({ sh: found.sh, path: found.path });
        const tools = { ...found, groups };
        const sandbox = await probeSandbox(tools, context.clock, options.scratch);
        const registry = createSkillRegistry({
          builtin: [
            echo,
            ciRun({
              tools,
              sandbox,
              policy: { ownNetwork: false, allowBuyers: [] },
              platform: options.platform,
            }),
          ],
          folders: options.folders,
        });
        const { skills, problems } = await registry.scan();
        return {
          tools,
          sandbox,
          problems,
          skills: skills.map(({ manifest, builtin }) => ({
            name: manifest.name,
            kinds: manifest.kinds,
            tags: manifest.tags,
            price: manifest.price,
            builtin: builtin !== null,
            request: manifest.request ?? null,
            sandboxed: builtin === null
              ? manifest.run.type === "command" && manifest.run.sandbox
              : builtin.runsCommands === true,
          })),
        };
      },
    }),
};
