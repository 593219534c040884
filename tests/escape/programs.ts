/**
 * Runs the attacks that are programs: all in one job of a command skill, all in one job of `ci-run`, and all without a sandbox.
 *
 * @module
 */
import { ciRun } from "../../skills/builtin/ci_run/ci_run.ts";
import { createSkillHost } from "../../skills/host/host.ts";
import { createSkillRegistry } from "../../skills/catalog/registry.ts";
import type { Attack } from "./attack.ts";
import { CONTROL, LISTED } from "./attacks/proxy.ts";
import { logOf, requestEvent, sandbox, skillContext, skillRequest } from "../skills/machine.ts";
import type { Tools } from "../../skills/sandbox/tools.ts";
import { writeSkill } from "../skills/skill_files.ts";

/** What became of each attack: why it succeeded, by its name; one that failed is not there. */
export type Successes = ReadonlyMap<string, string>;

/** The operator's machine. */
export interface World {
  /** Everything of it. */
  readonly folder: string;
  /** What attacks are after. */
  readonly secret: string;
  /** Of this machine, with shells that were started ahead, as a provider has them. */
  readonly tools: Tools;
}

/** Each program prints one line: a number, a tab, and its output. */
const DRIVER = `#!/bin/sh
cd "$(dirname "$0")" && at=$PWD; set -a; . ./world.env; set +a
if [ -d /job/home ]; then cd /job/tree; elif [ -d /skill ]; then cd /job; else mkdir -p ../own && cd ../own; fi
for f in "$at"/[0-9]*; do
  said=$(timeout -k 1 60 "$f" 2>&1 </dev/null | head -c 1000 | tr -c '[:print:]' ' ')
  echo "\${f##*/}	$said"
done
`;

/** The attacks as files, in a folder below the world's. */
async function laidOut(world: World, list: readonly Attack[], name: string): Promise<string> {
  const folder = `${world.folder}/${name}`;
  await Deno.mkdir(folder, { recursive: true });
  for (const [at, { program }] of list.entries()) {
    await Deno.writeTextFile(`${folder}/${at}`, program, { mode: 0o755 });
  }
  await Deno.writeTextFile(`${folder}/driver.sh`, DRIVER, { mode: 0o755 });
  await Deno.copyFile(`${world.folder}/world.env`, `${folder}/world.env`);
  return folder;
}

/** Without a sandbox: as the user that runs a provider, with everything that the provider has. */
export async function withoutSandbox(world: World, list: readonly Attack[]): Promise<Successes> {
  const folder = await laidOut(world, list, "plain");
  const { stdout } = await new Deno.Command(`${folder}/driver.sh`, { stdin: "null" }).output();
  return await judged(world, list, new TextDecoder().decode(stdout));
}

/** In a job of a command skill, as its host runs it. */
export async function inCommandSkill(world: World, list: readonly Attack[]): Promise<Successes> {
  return await asSkill(world, list, "skills/attacks", "");
}

/** In a job of a skill that may reach some hosts, through the proxy. Throws if no request succeeds through it. */
export async function inListedSkill(world: World, list: readonly Attack[]): Promise<Successes> {
  if (list.length === 0) return new Map();
  const found = await asSkill(
    world,
    [CONTROL, ...list],
    "listed/attacks",
    `[permissions]\nnet = ${JSON.stringify(LISTED)}\n`,
  );
  if (!found.has(CONTROL.name)) throw new Error("nothing comes through the proxy");
  return new Map([...found].filter(([name]) => name !== CONTROL.name));
}

async function asSkill(
  world: World,
  list: readonly Attack[],
  name: string,
  permissions: string,
): Promise<Successes> {
  const folder = await laidOut(world, list, name);
  await writeSkill(
    folder,
    "kinds = [5650]\n[limits]\ntimeout_s = 300\noutput_bytes = 1000000\nprocesses = 64\nnetwork_mb = 2\n" +
      permissions +
      '[run]\nrunner = "command"\ncommand = ["./driver.sh"]\n',
  );
  const host = createSkillHost({
    registry: createSkillRegistry({
      approvals: null,
      builtin: [],
      folders: [folder.slice(0, folder.lastIndexOf("/"))],
    }),
    workFolder: `${world.folder}/work`,
    tools: world.tools,
    sandbox,
    policy: { ownNetwork: false, allowBuyers: [] },
    clock: Date.now,
  });
  const outcome = await host.runKind({
    jobId: "job-1",
    attempt: 1,
    bytes: new Uint8Array(),
    encoding: "json",
    kind: 5650,
    event: requestEvent(5650, []),
    maxContentBytes: 1 << 20,
  });
  if (outcome.status !== "success") throw new Error(`${outcome.content}: ${outcome.log}`);
  return await judged(world, list, outcome.content);
}

/** In a job of `ci-run`: the attacks are files of its input. */
export async function inCiRun(world: World, list: readonly Attack[]): Promise<Successes> {
  const folder = await laidOut(world, list, "input");
  const tar = await new Deno.Command("tar", { args: ["-C", folder, "-cz", "."] }).output();
  const workdir = `${world.folder}/ci-run`;
  await Deno.mkdir(workdir);
  const event = requestEvent(5601, [
    ["i", tar.stdout.toBase64(), "text"],
    ["param", "encoding", "base64"],
    ["param", "mime", "application/gzip"],
    ["param", "command", "./driver.sh"],
  ]);
  const skill = ciRun({
    tools: world.tools,
    sandbox,
    policy: { ownNetwork: false, allowBuyers: [] },
    platform: "linux/amd64",
  });
  const request = skillRequest(event, workdir, { maxContentBytes: 1 << 20 });
  const outcome = await skill.run(request, skillContext());
  if (outcome.status !== "success") throw new Error(outcome.content);
  return await judged(world, list, await logOf(outcome.content));
}

/** The output of the programs, and what the host sees. Throws if one of them did not run. */
async function judged(world: World, list: readonly Attack[], text: string): Promise<Successes> {
  const said = new Map(
    text.split("\n").map((line) => [line.split("\t")[0], line.slice(line.indexOf("\t") + 1)]),
  );
  const missed = list.filter((_, at) => !said.has(`${at}`));
  if (missed.length > 0) throw new Error(`not run: ${missed[0].name}: ${text.slice(-500)}`);
  const harm = list.map(({ harm }, at) =>
    harm === undefined ? "" : `if ( ${harm}\n) >/dev/null 2>&1; then echo ${at}; fi`
  );
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", `set -a; . "$0/world.env"; set +a\n${harm.join("\n")}`, world.folder],
    stdin: "null",
  }).output();
  const done = new Set(new TextDecoder().decode(stdout).split("\n"));
  const successes = new Map<string, string>();
  for (const [at, attack] of list.entries()) {
    const words = said.get(`${at}`)!;
    if (attack.harm !== undefined) {
      if (done.has(`${at}`)) successes.set(attack.name, "the host sees it");
    } else if (words.includes(world.secret)) successes.set(attack.name, "has the secret");
    else if (words.startsWith("OWNED")) {
      successes.set(attack.name, words.slice(6, 80).trim() || "says so");
    }
  }
  return successes;
}
