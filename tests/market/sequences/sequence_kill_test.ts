import { START_FLAGS } from "../../../shell/run_flags.ts";
import assert from "node:assert/strict";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { inputOf, putSequence } from "./sequence_market.ts";
import { documentOf, echo } from "./sequence_states.ts";

const CHILD = new URL("sequence_child.ts", import.meta.url).pathname;
const CONFIG = new URL("../../../deno.json", import.meta.url).pathname;

/** Runs the child, and kills it with -9 at the nth point that it reaches. Returns the point, or `ended`. */
async function lifeOf(folder: string, life: number, killAt: number): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...[
        "run",
        ...START_FLAGS,
        "--no-check",
        "--config",
        CONFIG,
      ],
      ...[`--allow-read`, `--allow-write=${folder}`, CHILD],
      ...[folder, String(1_770_000_000 + life * 1_000)],
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  let [text, seen, last] = ["", 0, ""];
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      last = text.slice(0, end);
      text = text.slice(end + 1);
      if (last === "ended") continue;
      if (seen++ === killAt) child.kill("SIGKILL");
      else await writer.write(new TextEncoder().encode("go\n")).catch(() => undefined);
    }
  }
  await writer.close().catch(() => undefined);
  await child.status;
  return last;
}

Deno.test("a sequence whose process is killed before and after each of its commits buys each step once and ends", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  try {
    const document = documentOf({
      steps: [
        echo("one"),
        echo("two", { input: "{{ steps.one.result }}!", when: "steps.one.attempts == 1" }),
      ],
    });
    const first = await openSqliteStore({ folder, clock: Date.now });
    const id = await putSequence(first, document, 1_000n);
    await first.close();
    // Each process is killed one point later than the one before: before a commit, then after it.
    const killed: string[] = [];
    let last = "";
    for (let life = 0; last !== "ended"; life++) {
      assert.ok(life < 40, `it goes nowhere: ${killed.join("; ")}`);
      last = await lifeOf(folder, life, life % 2);
      killed.push(last);
    }
    const steps = ["moveSequence", "putJob,addOutbox,addOutbox,putSequenceAttempt", "moveSequence"];
    const points = [...steps, ...steps, "moveSequence"].flatMap((
      name,
    ) => [`before ${name}`, `after ${name}`]);
    assert.deepEqual(killed.filter((point) => point !== "ended"), points);
    const store = await openSqliteStore({ folder, clock: Date.now });
    const { sequence, attempts } = (await store.sequence(id))!;
    assert.equal(sequence.status, "success");
    assert.deepEqual(attempts.map(({ step, attempt }) => [step, attempt]), [["one", 1], [
      "two",
      1,
    ]]);
    const jobs = await store.listJobs({});
    assert.deepEqual(jobs.map((job) => inputOf(job)).sort(), ["hello from one", "hello from one!"]);
    assert.deepEqual(await store.pendingOutbox(0, 10, 0), []);
    await store.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
