/**
 * `crosstown version` and `--version`.
 *
 * @module
 */
import manifest from "../deno.json" with { type: "json" };
import type { CommandSpec } from "./command.ts";

/** The version of this tree, as `deno.json` has it. */
export const VERSION: string = manifest.version;

/** `crosstown version`. */
export const command: CommandSpec = {
  name: "version",
  summary: "show the version of crosstown, Deno and the system",
  examples: [{ command: "crosstown version --output json", note: "for programs" }],
  effect: "reads",
  async run({ output }) {
    const { deno, v8 } = Deno.version;
    const platform = `${Deno.build.os}-${Deno.build.arch}`;
    await output.document(
      { version: VERSION, deno, v8, platform },
      `crosstown ${VERSION} (deno ${deno}, ${platform})`,
    );
  },
};
