/** A loss of power while the audit works: store, git and log lose what was not synced, and everything is restored afterwards. */
import { START_FLAGS } from "../../../shell/run_flags.ts";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { startAuditWork } from "../../../trail/audit/audit_work.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { watchedProgram, watchUnsynced } from "../../crash/unsynced/unsynced.ts";
import { CHANNEL } from "../../store/store_rows.ts";
import { follows, LONG_MS, NAMES, userGit } from "./audit_home.ts";

const CHILD = fileURLToPath(import.meta.resolve("./paying_child.ts"));
/** Locks of earlier processes are old then. */
const LATER_MS = 3_600_000;

const losses = [
  { name: "nothing of it got to the disk", keep: 0, ordered: false, payments: 25 },
  { name: "some of it did", keep: 0.5, ordered: false, payments: 60 },
  { name: "names got there in their order, as on ext4", keep: 0.9, ordered: true, payments: 40 },
];

Deno.test("audit: a loss of power costs no entry and brings none twice (needs cc)", async (t) => {
  const parent = await Deno.realPath(await Deno.makeTempDir({ prefix: "ct-" }));
  const [folder, tools] = [`${parent}/home`, `${parent}/bin`];
  await Deno.mkdir(folder, { mode: 0o700 });
  await Deno.mkdir(tools);
  const mode = await watchUnsynced(folder);
  try {
    let [paid, lost] = [0, 0];
    for (const { name, keep, ordered, payments } of losses) {
      await t.step({
        name,
        ignore: mode === null,
        async fn() {
          await watchedProgram(mode!, tools, "git", await programOf("git"));
          const said = await dieAfter(
            mode!.env,
            [folder, `${tools}:${Deno.env.get("PATH")}`],
            payments,
          );
          assert.ok(
            mode!.records().some(({ path }) => path.includes("/.git/objects/")),
            "git was watched",
          );
          const dropped = mode!.drop({ keep: () => keep, ordered });
          lost += dropped.writes + dropped.names;
          paid = Math.max(paid, said);
          await catchesUp(folder, paid);
        },
      });
    }
    assert.ok(mode === null || lost > 0, "something was lost");
  } finally {
    await mode?.[Symbol.asyncDispose]();
    await Deno.remove(parent, { recursive: true });
  }
});

/** Starts again as the product does, with the real git. */
async function catchesUp(folder: string, paid: number): Promise<void> {
  const store = await openSqliteStore({ folder, clock: Date.now, journal: true });
  const place = { folder, path: Deno.env.get("PATH")! };
  const audit = startAuditWork({ ...place, names: NAMES }, { store }, {
    clock: () => Date.now() + LATER_MS,
    log: () => undefined,
  });
  try {
    const channel = await store.payerChannel(CHANNEL);
    assert.ok(channel!.nonce >= paid, `${channel!.nonce} of ${paid} payments`);
    const { entries, committed, logged } = await audit.drain(LONG_MS);
    assert.deepEqual([committed, logged], [entries, entries]);
    await audit.close();
    await follows({ folder, place, store });
    await userGit(folder, ["fsck", "--strict", "--no-dangling"]);
    assert.equal(await userGit(folder, ["status", "--porcelain"]), "");
  } finally {
    await audit.close();
    await store.close();
  }
}

/** Kills the process once it has printed this many lines; returns the last number that it printed. */
async function dieAfter(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
  lines: number,
): Promise<number> {
  const flags = [
    "run",
    ...START_FLAGS,
    "--no-check",
    "--allow-all",
  ];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...flags, CHILD, ...args],
    env,
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  let killed = false;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (killed || text.split("\n").length <= lines) continue;
    child.kill("SIGKILL");
    killed = true;
  }
  await child.status;
  await untilNoGit(args[0]);
  return Number(text.split("\n").at(-2));
}

/** Git ends when the pipe of its parent does; until then it may still write. */
async function untilNoGit(folder: string): Promise<void> {
  for (let looks = 0;; looks++) {
    assert.ok(looks < 3_000, "git goes on without its parent");
    const { code } = await new Deno.Command("sh", {
      args: ["-c", `grep -lsaF -- "UNSYNCED_ROOT=$1" /proc/[0-9]*/environ`, "sh", folder],
      stdout: "null",
    }).output();
    if (code !== 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function programOf(name: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", `command -v ${name}`] }).output();
  return new TextDecoder().decode(stdout).trim();
}
