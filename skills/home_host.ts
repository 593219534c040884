/**
 * The skills of a home: the builtins and the folders that people drop in, with everything as values that survive a structured
 * clone, so that the host can be made inside a worker that has exactly {@link hostPermissions}.
 *
 * @module
 */
import { ciRun } from "./builtin/ci_run/ci_run.ts";
import { echo } from "./builtin/echo.ts";
import { createSkillHost, type SkillHost } from "./host.ts";
import { createSkillRegistry, type SkillRegistry } from "./registry.ts";
import type { Sandbox, SandboxPolicy } from "./sandbox.ts";
import type { BuiltinSkill, SkillLimits } from "./skill.ts";
import { runPermission, type Tools } from "./tools.ts";

/** What a home's skills are made of. */
export interface HomeSkillsOptions {
  /** Folders of skill folders, absolute: `<home>/skills`, `./.claude/skills`. */
  readonly folders: readonly string[];
  /** Where jobs are unpacked and run, absolute; this host's alone. */
  readonly workFolder: string;
  readonly tools: Tools;
  readonly sandbox: Sandbox;
  readonly policy: SandboxPolicy;
  /** This machine, e.g. `linux/amd64`. */
  readonly platform: string;
  /** Runs at once; default 4. */
  readonly concurrency?: number;
  /** Variables that manifests may pass on: the caller picks them, never the whole environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Prices of builtins, by name, where they are not the manifest's. */
  readonly prices?: Readonly<
    Record<string, { readonly flatUnits: bigint; readonly unitsPerKib: bigint }>
  >;
  readonly ciRunLimits?: Partial<SkillLimits>;
}

/** The registry alone: for listings, prices and announcements. Needs `read` on the folders. */
export function homeRegistry(options: HomeSkillsOptions): SkillRegistry {
  const { tools, sandbox, policy, platform, ciRunLimits } = options;
  const priced = (skill: BuiltinSkill): BuiltinSkill => {
    const price = options.prices?.[skill.manifest.name];
    return price === undefined ? skill : { ...skill, manifest: { ...skill.manifest, price } };
  };
  return createSkillRegistry({
    builtin: [
      priced(echo),
      priced(ciRun({ tools, sandbox, policy, platform, limits: ciRunLimits })),
    ],
    folders: options.folders,
  });
}

/** The host. */
export function homeHost(options: HomeSkillsOptions, clock: () => number): SkillHost {
  return createSkillHost({
    registry: homeRegistry(options),
    workFolder: options.workFolder,
    tools: options.tools,
    sandbox: options.sandbox,
    policy: options.policy,
    concurrency: options.concurrency,
    env: (name) => options.env?.[name],
    clock,
  });
}

/** Exactly what a worker needs that hosts these skills. */
export function hostPermissions(options: HomeSkillsOptions): {
  readonly read: string[];
  readonly write: string[];
  readonly run: string[];
} {
  return {
    read: [...options.folders, options.workFolder],
    write: [options.workFolder],
    run: runPermission(options.tools),
  };
}

/** This machine's platform as jobs name it: Go's and Docker's words. */
export function ownPlatform(build: { readonly os: string; readonly arch: string }): string {
  const arch = { x86_64: "amd64", aarch64: "arm64" }[build.arch] ?? build.arch;
  return `${build.os}/${arch}`;
}
