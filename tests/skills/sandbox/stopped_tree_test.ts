/** Processes of a run that is paused: real ones, in sessions of their own too. */
import assert from "node:assert/strict";
import { RunPause } from "../../../base/pausing.ts";
import { temporaryFolder } from "../machine.ts";
import { runChild } from "../../../skills/sandbox/child.ts";

const SH = "/bin/sh";
const PATH = "/usr/bin:/bin";
/** The states of the processes that have $WORD as a word of their command line, one letter each. */
const STATES = `for p in /proc/[0-9]*; do
  grep -qsxzF -- "$WORD" "$p/cmdline" && sed -n 's/.*) \\(.\\) .*/\\1/p' "$p/stat" 2>/dev/null
done | tr -d '\\n'`;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** How many bytes came, once no more come. */
async function standstill(count: () => number): Promise<number> {
  for (let looks = 0; looks < 100; looks++) {
    const before = count();
    await sleep(700);
    if (count() === before) return before;
  }
  return assert.fail("it does not stand still");
}

/** Waits for the state itself. */
async function until(holds: () => boolean): Promise<void> {
  for (let looks = 0; !holds(); looks++) {
    assert.ok(looks < 5_000, `it does not hold: ${holds}`);
    await sleep(20);
  }
}

Deno.test("runChild() stops all processes of a paused run, and lets them go on", async () => {
  const pausing = new RunPause();
  const stop = new AbortController();
  let bytes = 0;
  // Without a sandbox, a session of its own outlives a kill, so it ends with the first process.
  const loop = "while kill -0 $root; do echo x; sleep 0.05; done 2>/dev/null";
  const ended = runChild({
    command: SH,
    // A child in a session of its own, a grandchild, and one that ignores what can be ignored.
    args: [
      "-c",
      `export root=$$; setsid sh -c '${loop}' & (sh -c '${loop}') & trap "" TSTP CONT; ${loop}`,
    ],
    env: { PATH },
    sh: SH,
    path: PATH,
    timeoutMs: 120_000,
    outputBytes: 1 << 20,
    onOutput: (part) => void (bytes += part.length),
    signal: stop.signal,
    pausing,
    clock: Date.now,
  });
  await until(() => bytes > 20);
  for (let round = 0; round < 2; round++) {
    pausing.set(true);
    const stood = await standstill(() => bytes);
    pausing.set(false);
    await until(() => bytes > stood + 20);
  }
  stop.abort();
  assert.equal((await ended).end, "aborted");
});

Deno.test("runChild() of a run that is paused before it starts prints nothing until it goes on", async () => {
  const pausing = new RunPause();
  pausing.set(true);
  await using folder = await temporaryFolder();
  let text = "";
  const go = `${folder.path}/go`;
  const ended = runChild({
    command: SH,
    args: ["-c", 'until [ -e "$1" ]; do sleep 0.05; done; echo late', "sh", go],
    env: { PATH },
    sh: SH,
    path: PATH,
    timeoutMs: 120_000,
    outputBytes: 1_024,
    onOutput: (part) => void (text += new TextDecoder().decode(part)),
    pausing,
    clock: Date.now,
  });
  // It is stopped as soon as this machine gets to it.
  const states = async () => {
    const { stdout } = await new Deno.Command(SH, { args: ["-c", STATES], env: { WORD: go } })
      .output();
    return new TextDecoder().decode(stdout).trim();
  };
  // A shell that waits for the first step of its stopped child is in state D.
  let seen = "";
  for (let looks = 0; !/^D*T[DT]*$/.test(seen = await states()); looks++) {
    assert.ok(looks < 1_000, `the states of its processes are ${seen}`);
    await sleep(20);
  }
  await Deno.writeTextFile(go, "");
  await sleep(700);
  assert.equal(text, "");
  pausing.set(false);
  assert.equal((await ended).exitCode, 0);
  assert.equal(text, "late\n");
});

Deno.test("runChild() kills a run that is paused at its time limit", async () => {
  const pausing = new RunPause();
  pausing.set(true);
  const { end } = await runChild({
    command: SH,
    args: ["-c", "while :; do sleep 1; done"],
    env: { PATH },
    sh: SH,
    path: PATH,
    timeoutMs: 1_500,
    outputBytes: 1_024,
    pausing,
    clock: Date.now,
  });
  assert.equal(end, "timeout");
});
