/** The program that all tests use, if there is one: `.ci/run` makes it. */
import type { Origin } from "../../packaging/contents.ts";

/** Takes it with its commit: while somebody changes the sources, theirs is another one. */
export async function madeBefore(): Promise<Origin> {
  const program = Deno.env.get("CROSSTOWN_PROGRAM");
  if (program === undefined) return {};
  const { commit = null } = JSON.parse(await Deno.readTextFile(`${program}/deno.json`));
  return { program, commit };
}
