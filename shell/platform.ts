/**
 * This machine's platform in the names of jobs and providers, and the places of what skills need.
 *
 * @module
 */

import type { SandboxChoice } from "../base/sandbox_choice.ts";
import type { Io } from "./io.ts";
import type { ModelEndpoint } from "../skills/builtin/text_generation/model_endpoint.ts";
import { MOST_TOKEN_UNITS } from "../protocols/nostr/token_price.ts";
import { UsageError } from "./errors.ts";
import type { Config } from "../config/config.ts";

const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64" };

/** For example `linux/amd64`, `darwin/arm64`. */
export function ownPlatform(
  build: { readonly os: string; readonly arch: string } = Deno.build,
): string {
  return `${build.os}/${ARCHITECTURES[build.arch] ?? build.arch}`;
}

/** What a skill host needs to know of this machine. */
interface SkillMachine {
  /** `PATH`. */
  readonly path: string;
  readonly execPath: string;
  /**
   * The folder for runs: `TMPDIR`, otherwise `/var/tmp`, which is on disk even if `/tmp` is in memory. It may be missing: then a home uses
   * its own folder.
   */
  readonly temp: string;
  readonly platform: string;
  /** Folders with skills from the configuration (`node.skill_folders`). */
  readonly skillFolders: readonly string[];
  /** `.agents/skills` and `.claude/skills` of the command's working folder; empty if that is unknown. */
  readonly projectSkills: readonly string[];
  /** The operator's model server; null if there is none. */
  readonly model: ModelEndpoint | null;
  /** The sandbox that the operator chose. */
  readonly sandbox: SandboxChoice;
}

/** This machine, from its environment and the configuration. */
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
    sandbox: config.get("node.sandbox"),
  };
}

/** The configured model server; null if there is none. Throws UsageError if no model is named. */
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
  const inputUnits = config.get("node.model_input_units") ?? 0n;
  const outputUnits = config.get("node.model_output_units") ?? 0n;
  if (inputUnits > MOST_TOKEN_UNITS || outputUnits > MOST_TOKEN_UNITS) {
    throw new UsageError(
      `node.model_input_units and node.model_output_units are at most ${MOST_TOKEN_UNITS}`,
      "give the price of 1,000 tokens in base units",
      "bad_config",
    );
  }
  return {
    url,
    model,
    api: config.get("node.model_api"),
    keyFile: config.get("node.model_key_file"),
    maxTokens: config.get("node.model_tokens"),
    rates: inputUnits + outputUnits === 0n ? null : { inputUnits, outputUnits },
  };
}

/** The folders of a project's skills, in the working folder. */
export function projectSkills(): string[] {
  try {
    return [".agents", ".claude"].map((name) => `${Deno.cwd()}/${name}/skills`);
  } catch {
    return [];
  }
}
