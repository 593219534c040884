/**
 * The inputs and parameters of a build for its statement, and the resources that the build used.
 *
 * @module
 */
import { nodeCrypto } from "../../../base/node_modules.ts";
import type { ChildResult } from "../../sandbox/child.ts";
import type { BuildInput } from "../../../protocols/slsa/build_statement.ts";
import type { SkillOutcome } from "../../skill.ts";
import type { CiInput } from "../ci_run/spec.ts";
import type { BuildSpec } from "./spec.ts";

/** The context, and the base images. `commit` is the commit of a repository that was built. */
export function inputsOf(
  input: CiInput,
  commit: string | null,
  bases: readonly BuildInput[],
): BuildInput[] {
  const named = bases.map(({ name, sha256 }) => ({ name, sha256 }));
  return [{ ...contextOf(input, commit), ...(commit !== null && { gitCommit: commit }) }, ...named];
}

function contextOf(input: CiInput, commit: string | null): BuildInput {
  switch (input.type) {
    case "blob":
      return { name: "context", sha256: input.blob.sha256 };
    case "repository":
      return {
        name: `${input.url}#${commit}`,
        sha256: null,
        uri: `git+${input.url}${commit === null ? "" : `@${commit}`}`,
      };
    case "none":
      return { name: "context", sha256: null };
    default:
      return { name: "context", sha256: nodeCrypto().hash("sha256", input.bytes, "hex") };
  }
}

/** The parameters of the request. Of secrets, only the names. */
export function parametersOf(
  spec: BuildSpec,
  dockerfile: string,
): Readonly<Record<string, unknown>> {
  const { target, args, test, secrets, cache } = spec;
  return {
    dockerfile,
    ...(target !== null && { target }),
    ...(Object.keys(args).length > 0 && { build_args: args }),
    ...(test.length > 0 && { test }),
    ...(cache !== "none" && { cache }),
    ...(Object.keys(secrets).length > 0 && { secrets: Object.keys(secrets) }),
  };
}

/** The resources that build and test used together. For memory, the larger of both peaks. */
export function usageOf(children: readonly ChildResult[]): NonNullable<SkillOutcome["usage"]> {
  const all = (values: readonly (number | null)[], join: (a: number, b: number) => number) =>
    values.reduce((sum, each) => sum === null || each === null ? null : join(sum, each));
  return {
    cpuMs: all(children.map(({ usage }) => usage.cpuMs), (a, b) => a + b),
    memoryBytes: all(children.map(({ usage }) => usage.memoryBytes), Math.max),
    outputBytes: children.reduce((sum, { stdout }) => sum + stdout.totalBytes, 0),
  };
}
