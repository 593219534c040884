/**
 * This machine's platform, as jobs and providers name it, and where skills find what they need of it.
 *
 * @module
 */

import type { Io } from "./io.ts";
import type { ModelEndpoint } from "../skills/builtin/text_generation/model_endpoint.ts";
import { UsageError } from "./errors.ts";
import type { Config } from "../config/config.ts";

const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64" };

/** `linux/amd64`, `darwin/arm64`... */
export function ownPlatform(
  build: { readonly os: string; readonly arch: string } = Deno.build,
): string {
  return `${build.os}/${ARCHITECTURES[build.arch] ?? build.arch}`;
}

/** What a host of skills needs to know of this machine. */
interface SkillMachine {
  /** `PATH`. */
  readonly path: string;
  readonly execPath: string;
  /** Where folders of runs are made: `TMPDIR`, else `/var/tmp`, which is a disk where `/tmp` may be memory. */
  readonly temp: string;
  readonly platform: string;
  /** Folders of skill folders that the configuration names (`node.skill_folders`). */
  readonly skillFolders: readonly string[];
  /** `.agents/skills` and `.claude/skills` of the folder in which the command was given; none where that is unknown. */
  readonly projectSkills: readonly string[];
  /** The operator's model server; null where there is none. */
  readonly model: ModelEndpoint | null;
}

/** This machine, by its environment and configuration. */
export function skillMachine(
  env: Io["env"],
  config: Config,
): SkillMachine {
  return {
    path: env("PATH") ?? "",
    execPath: Deno.execPath(),
    temp: env("TMPDIR") || "/var/tmp",
    platform: ownPlatform(),
    skillFolders: config.get("node.skill_folders"),
    projectSkills: projectSkills(),
    model: modelEndpoint(config),
  };
}

/** The model server that the configuration names; null where it names none. Throws UsageError where it names no model. */
export function modelEndpoint(config: Config): ModelEndpoint | null {
  const url = config.get("node.model_url");
  if (url === null) return null;
  const model = config.get("node.model");
  if (model === null) {
    throw new UsageError(
      "node.model_url is set and node.model is not",
      "name the model as its server does: crosstown config set node.model NAME",
      "bad_config",
    );
  }
  return {
    url,
    model,
    api: config.get("node.model_api"),
    keyFile: config.get("node.model_key_file"),
    maxTokens: config.get("node.model_tokens"),
  };
}

/** Where a project keeps its skills, seen from the working folder. */
export function projectSkills(): string[] {
  try {
    return [".agents", ".claude"].map((name) => `${Deno.cwd()}/${name}/skills`);
  } catch {
    return [];
  }
}
