/**
 * Runs the attacks in inputs: each as a job of `ci-run`, and each without any check.
 *
 * @module
 */
import { ciRun } from "../../skills/builtin/ci_run/ci_run.ts";
import { logOf, requestEvent, sandbox, skillContext, skillRequest } from "../skills/machine.ts";
import type { InputAttack } from "./attacks/inputs.ts";
import type { Successes, World } from "./programs.ts";

const MIME = { tar: "application/gzip", bundle: "application/x-git-bundle" } as const;

/** Which succeed in a job of `ci-run`. What cannot be run at all is a failure too. */
export async function inputsInside(world: World, list: readonly InputAttack[]): Promise<Successes> {
  const skill = ciRun({
    tools: world.tools,
    sandbox,
    policy: { ownNetwork: false, allowBuyers: [] },
    platform: "linux/amd64",
  });
  return await each(world, list, "inside", async (attack, folder, file) => {
    const workdir = `${folder}/work`;
    await Deno.mkdir(workdir);
    const bytes = await Deno.readFile(file);
    const input = attack.input === "url"
      ? [["i", new TextDecoder().decode(bytes), "url"]]
      : [["i", bytes.toBase64(), "text"], ["param", "encoding", "base64"], [
        "param",
        "mime",
        MIME[attack.input],
      ]];
    const event = requestEvent(5601, [
      ...input,
      ["param", "command", `BAIT=${world.folder}; ${attack.command}`],
    ]);
    const outcome = await skill.run(
      skillRequest(event, workdir, { maxContentBytes: 1 << 20 }),
      skillContext(),
    );
    return outcome.status === "success" ? await logOf(outcome.content) : "";
  });
}

/** The attacks that succeed without any check. */
export async function inputsOutside(
  world: World,
  list: readonly InputAttack[],
): Promise<Successes> {
  return await each(world, list, "outside", async (attack, folder, file) => {
    const cwd = `${folder}/tree`;
    await Deno.mkdir(cwd);
    // Afterwards somebody looks at the tree and checks it out again.
    const after = attack.class === "git" ? "; git status; git checkout -q -f HEAD" : "";
    return await shell(`${attack.careless}\n( ${attack.command} )${after}`, cwd, world, file);
  });
}

async function each(
  world: World,
  list: readonly InputAttack[],
  name: string,
  run: (attack: InputAttack, folder: string, file: string) => Promise<string>,
): Promise<Successes> {
  const successes = new Map<string, string>();
  for (const [at, attack] of list.entries()) {
    const folder = `${world.folder}/input-${name}-${at}`;
    const file = `${folder}/made`;
    await Deno.mkdir(`${folder}/making`, { recursive: true });
    await shell(attack.make, `${folder}/making`, world, file);
    const said = await run(attack, folder, file);
    if (attack.harm === undefined) {
      if (said.includes(world.secret)) successes.set(attack.name, "has the secret");
      else if (/^OWNED/m.test(said)) successes.set(attack.name, "says so");
    } else if (
      await shell(`if ${attack.harm}; then echo harm; fi`, folder, world, file) === "harm\n"
    ) {
      successes.set(attack.name, "the host sees it");
    }
    await Deno.remove(folder, { recursive: true });
  }
  return successes;
}

async function shell(script: string, cwd: string, world: World, file: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", script],
    cwd,
    env: { BAIT: world.folder, OUT: file, GIT_CONFIG_GLOBAL: "/dev/null" },
    stdin: "null",
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}
