/**
 * kill -9 of a real process at each place of a Lightning payment, of a buyer and of a provider. The wallet lives on. The next process ends
 * with one payment, its receipt, and one entry of the journal for each step.
 */
import { START_FLAGS } from "../../../shell/run_flags.ts";
import assert from "node:assert/strict";
import { CRASH_POINTS } from "../../../base/crash_point.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { Ledger, quotedJob } from "./wallet.ts";

const CHILD = new URL("payment_child.ts", import.meta.url).pathname;
const CONFIG = new URL("../../../deno.json", import.meta.url).pathname;
const START_MS = 1_770_000_000_000;

/** Runs the child, which dies at its nth place; returns that place, or `ended`. */
async function lifeOf(folder: string, ledger: Ledger, startMs: number, killAt: number) {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...[
        "run",
        ...START_FLAGS,
        "--no-check",
        "--config",
        CONFIG,
      ],
      ...["--allow-read", `--allow-write=${folder}`, "--allow-run", CHILD],
      ...[folder, String(startMs), String(killAt)],
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  let [text, last] = ["", ""];
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      if (!line.startsWith("ask ")) {
        last = line;
        continue;
      }
      const { method, params, nowMs } = JSON.parse(line.slice(4));
      const answer = ledger.ask(method, params, "answered", nowMs);
      // The amount of an invoice that the provider issued.
      const told = "result" in answer ? { result: { ...answer.result, amount: 21_000 } } : answer;
      await writer.write(new TextEncoder().encode(`${JSON.stringify(told)}\n`)).catch(() =>
        undefined
      );
    }
  }
  await writer.close().catch(() => undefined);
  const { signal, code } = await child.status;
  assert.ok(signal === "SIGKILL" || code === 0, `${signal} ${code}`);
  return last;
}

Deno.test("a Lightning payment whose process is killed at each of its places is made once, for buyer and provider", async () => {
  const places: string[] = [];
  for (let killAt = 0; places.at(-1) !== "ended"; killAt++) {
    assert.ok(killAt < 40, places.join("; "));
    const folder = await Deno.makeTempDir({ prefix: "ct-" });
    try {
      const ledger = new Ledger();
      const first = await openSqliteStore({ folder, clock: () => START_MS, journal: true });
      const bought = await quotedJob(first, ledger, "bought", START_MS);
      const sold = await quotedJob(first, ledger, "sold", START_MS, { role: "provider" });
      await first.close();
      // Somebody else pays the provider's invoice.
      ledger.paid.set(sold.paymentHash, 1);
      const place = await lifeOf(folder, ledger, START_MS, killAt);
      places.push(place);
      if (place !== "ended") {
        assert.equal(await lifeOf(folder, ledger, START_MS + 1_000, -1), "ended", place);
      }

      assert.equal(ledger.paid.get(bought.paymentHash), 1, place);
      // The wallet is told again only when it can no longer act on the first order.
      const [order, again] = ledger.orders;
      assert.ok(again === undefined || again.atMs - order.atMs >= 75_000, place);
      const store = await openSqliteStore({ folder, clock: () => START_MS, journal: true });
      try {
        const [own, theirs] = await Promise.all([
          store.invoiceOf(bought.eventId, "buyer"),
          store.invoiceOf(sold.eventId, "provider"),
        ]);
        assert.deepEqual([own?.state, theirs?.state], ["paid", "paid"], place);
        assert.equal(own?.preimage, ledger.preimages.get(bought.paymentHash), place);
        const entries = await store.listJournal({ types: ["lightning"], order: "oldest" });
        const steps = entries.map(({ jobId, outcome }) => `${jobId} ${outcome}`);
        assert.deepEqual(
          steps.toSorted(),
          [`${bought.jobId} paid`, `${bought.jobId} sent`, `${sold.jobId} received`].toSorted(),
          place,
        );
        const jobs = await Promise.all([
          store.getJob(bought.jobId, "buyer"),
          store.getJob(sold.jobId, "provider"),
        ]);
        assert.deepEqual(jobs.map((job) => job?.status), ["paid", "paid"], place);
      } finally {
        await store.close();
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
  const ofLightning = CRASH_POINTS.filter((point) => /^(lightning|commit\.invoice)/.test(point));
  for (const point of ofLightning) {
    assert.ok(places.includes(`killed ${point}`), `${point}: ${places.join("; ")}`);
  }
});
