/**
 * `deno task escape`: every attack without a sandbox, where it must succeed, and in the sandbox, where it must fail.
 *
 *   deno task escape [--json] [--only TEXT] [--every N] [--sandbox NAME]
 *
 * `--every` runs one of N attacks of each class, the first one of each always; `--sandbox` is a choice of `node.sandbox`. In gVisor, attacks
 * are left out that prove nothing there, and those of Containerfiles: images are built in bubblewrap.
 *
 * Needs root to make a lab (`lab/lab.pl`): namespaces in which attacks may succeed. Exit 0: none escaped and each was proved; 1:
 * one escaped, or one was not proved; 3: the lab cannot be made here.
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { Attack } from "./attack.ts";
import {
  inCiRun,
  inCommandSkill,
  inListedSkill,
  type Successes,
  withoutSandbox,
  type World,
} from "./programs.ts";
import { aloneInside, aloneOutside } from "./alone.ts";
import { CONTAINERFILES } from "./attacks/containerfiles.ts";
import { buildsInside, buildsOutside, findAttackedBuilder } from "./containerfiles.ts";
import { INPUTS } from "./attacks/inputs.ts";
import { PAST_THE_CALLS } from "./attacks/kernel.ts";
import { LIMITS } from "./attacks/limits.ts";
import { inputsInside, inputsOutside } from "./inputs.ts";
import { PROXY } from "./attacks/proxy.ts";
import { SOCKETS } from "./attacks/sockets.ts";
import { PROGRAMS } from "./table.ts";
import { createLaunchPool } from "../../skills/sandbox/launch_pool.ts";
import { sandbox, tools } from "../skills/machine.ts";

/** A row of the report. */
interface Row extends Pick<Attack, "name" | "class"> {
  /** How it was seen to succeed without a sandbox; null where it did not. */
  readonly without_sandbox: string | null;
  /** Where and how it succeeded in the sandbox; null where it failed. */
  readonly escaped: string | null;
}

/** The permissions of the runner itself; the programs that it runs have all those of a user. */
const PERMISSIONS = ["read", "write", "env", "sys", "run"].map((name) => `--allow-${name}`);

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    only: { type: "string" },
    every: { type: "string", default: "1" },
    sandbox: { type: "string", default: "bubblewrap" },
    lab: { type: "string" },
  },
});
Deno.exit(values.lab === undefined ? await enterLab() : await attack(values.lab));

/** Starts this program again in the lab. */
async function enterLab(): Promise<number> {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "ct-escape-" });
  await Deno.chmod(folder, 0o755);
  const secret = crypto.getRandomValues(new Uint8Array(16)).toHex();
  try {
    const { code } = await new Deno.Command("unshare", {
      args: [
        ...["--mount", "--net", "--ipc", "--uts", "--", "perl"],
        ...[new URL("lab/lab.pl", import.meta.url).pathname, folder, secret],
        ...[Deno.execPath(), "run", "--quiet", "--no-check", "--cached-only", ...PERMISSIONS],
        ...["--config", new URL("../../deno.json", import.meta.url).pathname],
        ...[new URL(import.meta.url).pathname, ...Deno.args, "--lab", folder],
      ],
      env: { CT_ESCAPE_SECRET: secret, CT_TEST_SANDBOX: values.sandbox },
      stdin: "null",
    }).spawn().status;
    return code;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.error("the lab needs unshare (util-linux) and perl");
    return 3;
  } finally {
    await Deno.remove(folder, { recursive: true });
    // An attack leaves this file (attacks/files.ts). Other labs have others.
    await Deno.remove(folder.replace("/var/tmp/", "/var/tmp/left-")).catch(() => undefined);
  }
}

async function attack(folder: string): Promise<number> {
  if (sandbox.type === "none") throw new Error(sandbox.reason);
  const secret = Deno.env.get("CT_ESCAPE_SECRET")!;
  const pool = createLaunchPool({
    sh: tools.sh!,
    path: tools.path,
    groups: tools.groups ?? null,
    keyring: sandbox.keyring,
    size: 4,
  });
  const world: World = { folder, secret, tools: { ...tools, pool } };
  const inGvisor = Boolean(sandbox.runsc);
  const every = Number(values.every);
  const leftOut: Pick<Attack, "name" | "notInGvisor">[] = [];
  const wanted = <A extends Pick<Attack, "name" | "class" | "notInGvisor">>(all: readonly A[]) => {
    const ofClass = new Map<string, number>();
    return all.filter(({ name, class: of }) =>
      values.only === undefined || name.includes(values.only) || of === values.only
    ).filter((attack) => {
      const at = ofClass.get(attack.class) ?? 0;
      ofClass.set(attack.class, at + 1);
      if (at % every !== 0) return false;
      if (inGvisor && attack.notInGvisor !== undefined) leftOut.push(attack);
      return !inGvisor || attack.notInGvisor === undefined;
    });
  };
  const list = wanted(PROGRAMS);
  const proxied = wanted(PROXY);
  const alone = wanted(LIMITS);
  const inputs = wanted(INPUTS);
  const unfiltered = wanted(PAST_THE_CALLS);
  const { builder, why } = inGvisor
    ? { builder: null, why: "images are built in bubblewrap" }
    : await findAttackedBuilder(world);
  const builds = builder === null ? [] : wanted(CONTAINERFILES);
  if (builder === null) console.error(`Containerfiles are left out: ${why}`);
  const alive = new Deno.Command("perl", {
    args: [new URL("lab/world.pl", import.meta.url).pathname, folder, secret],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const ready = alive.stdout.getReader();
  await ready.read();
  try {
    // Processes of two jobs with the same attacks would look like processes that outlive a job.
    const [[asSkill, asCiRun], asListed] = await Promise.all([
      (async () => [await inCommandSkill(world, list), await inCiRun(world, list)])(),
      inListedSkill(world, [...wanted(SOCKETS), ...proxied]),
    ]);
    const inside: [string, Successes][] = [
      ["a command skill", asSkill],
      ["ci-run", asCiRun],
      ["a skill with a list of hosts", asListed],
      ["a job of its own", await aloneInside(world, alone)],
      [
        "a job that may make every call",
        await aloneInside(world, unfiltered, { unfiltered: true }),
      ],
      ["ci-run's input", await inputsInside(world, inputs)],
      ["image-build", builder === null ? new Map() : await buildsInside(world, builder, builds)],
    ];
    const without = [
      await withoutSandbox(world, [...list, ...proxied]),
      await aloneOutside(world, [...alone, ...unfiltered]),
      await inputsOutside(world, inputs),
      ...builder === null ? [] : [await buildsOutside(world, builder, builds)],
    ];
    return report(
      [...list, ...proxied, ...alone, ...unfiltered, ...inputs, ...builds].map(
        ({ name, class: of }) => {
          const where = inside.filter(([, found]) => found.has(name));
          return {
            name,
            class: of,
            without_sandbox: without.map((found) =>
              found.get(name)
            ).find((how) => how !== undefined) ??
              null,
            escaped: where.length === 0
              ? null
              : where.map(([runner, found]) => `${runner}: ${found.get(name)}`).join("; "),
          };
        },
      ),
      [...new Map(leftOut.map((each) => [each.name, each])).values()],
    );
  } finally {
    // Ends processes that were started without a sandbox to outlive their job. The arguments of this shell contain the names too.
    const script =
      'for p in /proc/[0-9]*; do [ $p = /proc/$$ ] && continue; case $(tr "\\0" " " <$p/cmdline) in *ct-outlives*"$0"*) kill -s KILL ${p#/proc/} ;; esac; done';
    await new Deno.Command("sh", { args: ["-c", script, folder], stderr: "null" }).output();
    await pool.close();
    await alive.stdin.close();
    await ready.cancel();
    await alive.status;
  }
}

function report(
  rows: readonly Row[],
  leftOut: readonly Pick<Attack, "name" | "notInGvisor">[],
): number {
  const escaped = rows.filter((row) => row.escaped !== null);
  const unproved = rows.filter((row) => row.without_sandbox === null);
  if (values.json) {
    console.log(JSON.stringify({
      attacks: rows.length,
      escaped: escaped.length,
      proved_without_sandbox: rows.length - unproved.length,
      left_out: leftOut.map(({ name, notInGvisor }) => ({ name, why: notInGvisor })),
      rows,
    }));
  } else {
    for (const row of leftOut) console.log(`LEFT OUT ${row.name}: ${row.notInGvisor}`);
    for (const row of escaped) console.log(`ESCAPED  ${row.class}: ${row.name}: ${row.escaped}`);
    for (const row of unproved) console.log(`UNPROVED ${row.class}: ${row.name}`);
    console.log(
      `${rows.length} attacks, ${escaped.length} escaped, ` +
        `${rows.length - unproved.length} proved without a sandbox`,
    );
  }
  return escaped.length + unproved.length === 0 ? 0 : 1;
}
