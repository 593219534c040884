/**
 * The list of this program's builtin skills: for each its job, how its code is loaded in the worker that runs it, and its additional checks
 * of a request before payment. The checks are pure. So the worker that receives packets can run them without the code and the tools of the
 * skills.
 *
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { CI_RUN, ECHO, IMAGE_BUILD, TEXT_GENERATION } from "../../protocols/nostr/kinds.ts";
import type { Machine } from "../sandbox/machine.ts";
import type { BuildOffer, BuiltinSkill } from "../skill.ts";
import { parseCiSpec } from "./ci_run/spec.ts";
import { checkOffered, parseBuildSpec } from "./image_build/spec.ts";
import { parseQuestion } from "./text_generation/question.ts";

/** What a check needs in addition to the request. */
interface CheckOptions {
  readonly allowLoopback: boolean;
  /** Whether the request was encrypted to this provider. */
  readonly encrypted: boolean;
  /** The images that this machine can build. */
  readonly builds: BuildOffer;
}

/** Throws SkillError for a request that the skill cannot run. */
type BuiltinCheck = (event: NostrEvent, options: CheckOptions) => void;

interface Listed {
  readonly name: string;
  /** Loads the skill. The function returns null if this machine cannot run it. */
  readonly load: () => Promise<(machine: Machine) => BuiltinSkill | null>;
  readonly check?: BuiltinCheck;
}

const LISTED: readonly Listed[] = [
  {
    name: ECHO.types[0],
    load: async () => {
      const { echo } = await import("./echo.ts");
      return () => echo;
    },
  },
  {
    name: CI_RUN.types[0],
    load: async () => (await import("./ci_run/ci_run.ts")).ciRun,
    check: (event, options) => void parseCiSpec(event, options),
  },
  {
    name: TEXT_GENERATION.types[0],
    load: async () => {
      const { textGeneration } = await import("./text_generation/text_generation.ts");
      return ({ model }) => model ? textGeneration(model) : null;
    },
    check: (event) => void parseQuestion(event),
  },
  {
    name: IMAGE_BUILD.types[0],
    load: async () => (await import("./image_build/image_build.ts")).imageBuild,
    check: (event, options) => checkOffered(parseBuildSpec(event, options), options.builds),
  },
  {
    name: "ci-status",
    load: async () => {
      const { ciStatus } = await import("./callbacks/ci_status.ts");
      return ({ artifacts }) => ciStatus(artifacts ?? null);
    },
  },
  {
    name: "save-artifacts",
    load: async () => {
      const { saveArtifacts } = await import("./callbacks/save_artifacts.ts");
      return ({ artifacts }) => saveArtifacts(artifacts ?? null);
    },
  },
];

/** The names of the builtin skills. */
export const BUILTIN_NAMES: readonly string[] = LISTED.map(({ name }) => name);

/** The checks, by the skill's name. */
export const BUILTIN_CHECKS: ReadonlyMap<string, BuiltinCheck> = new Map(
  LISTED.flatMap(({ name, check }) => check === undefined ? [] : [[name, check]]),
);

/** All builtin skills that can run on this machine. */
export async function builtinSkills(machine: Machine): Promise<BuiltinSkill[]> {
  const made = await Promise.all(LISTED.map(async ({ load }) => (await load())(machine)));
  return made.filter((skill) => skill !== null);
}
