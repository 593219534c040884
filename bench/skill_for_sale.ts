/**
 * Skills that the providers of a bench's network sell.
 *
 * @module
 */
import { run } from "./dev_home.ts";

const DEADLINE_MS = 120_000;
const AGAIN_MS = 1_000;

/** Approves a skill that answers requests of these kinds with the output of a command, which runs in the sandbox. */
export async function sellCommand(
  folder: string,
  skill: { readonly name: string; readonly kinds: readonly number[]; readonly command: string[] },
): Promise<void> {
  const place = `${folder}/${skill.name}`;
  await Deno.mkdir(place);
  await Deno.writeTextFile(
    `${place}/SKILL.md`,
    `---\nname: ${skill.name}\ndescription: Runs a command. Use in a bench.\nlicense: MIT\nmetadata: {crosstown: skill.toml}\n---\n`,
  );
  await Deno.writeTextFile(
    `${place}/skill.toml`,
    `kinds = [${skill.kinds}]
types = ["${skill.name}"]
[price]
flat_units = 1000
[run]
runner = "command"
command = ${JSON.stringify(skill.command)}
`,
  );
  await run(folder, ["skill", "approve", place]);
}

/** Tries a first job until it succeeds, because a provider announces a new skill some seconds after it was approved. */
export async function untilSold(job: () => Promise<void>): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  for (;;) {
    try {
      return await job();
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}
