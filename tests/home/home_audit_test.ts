import assert from "node:assert/strict";
import { homeAudit } from "../../home/home_audit.ts";
import { openHome } from "../../home/home.ts";
import type { StartedService } from "../../runtime/service_starter.ts";
import { ANNOUNCEMENT_KIND } from "../../protocols/nostr/kinds.ts";
import { AUDIT_CURSOR } from "../../trail/audit/audit.ts";
import type { Store } from "../../store/store.ts";
import { jobChange, LONG_MS, payment } from "../trail/audit/audit_home.ts";
import { walletFolder } from "./wallet_folder.ts";

/** A home, and its audit's starts and ends as they happen. */
async function auditedHome(announcedWaitMs?: number) {
  const made = await walletFolder();
  const warnings: string[] = [];
  const home = await openHome({
    ...made.options,
    log: (level, msg) => void (level === "info" || level === "debug" || warnings.push(msg)),
  });
  const begins = [1, 2].map(() => Promise.withResolvers<void>());
  const ends = [1, 2].map(() => Promise.withResolvers<void>());
  /** Sequence numbers after which the main thread waited for an entry. */
  const waitedAfter = new Map<number, () => void>();
  const seen = new Set<number>();
  const counts = { starts: 0 };
  const supervisor: typeof home.supervisor = {
    ...home.supervisor,
    async start(...given) {
      const started: StartedService = await home.supervisor.start(...given);
      if (given[0] !== "audit") return started;
      const at = counts.starts++;
      begins[at].resolve();
      return { ...started, stop: () => started.stop().finally(ends[at].resolve) };
    },
  };
  const store = new Proxy(home.store, {
    get(target, name: keyof Store) {
      if (name !== "journalAfter") return target[name];
      return (seq: number, limit: number, waitMs: number) => {
        seen.add(seq);
        waitedAfter.get(seq)?.();
        return target.journalAfter(seq, limit, waitMs);
      };
    },
  });
  const audit = homeAudit(
    { ...home, store, supervisor },
    Deno.env.get("PATH")!,
    null,
    20,
    announcedWaitMs,
  );
  return {
    home,
    audit,
    begins,
    ends,
    counts,
    warnings,
    written: async () => Number(await home.store.cursor(AUDIT_CURSOR)),
    tip: async () => (await home.store.journalTip())!.seq,
    /** Commits a job, and starts the audit. Returns the journal's end when the audit rests. */
    async rested() {
      await home.store.commit([jobChange()]);
      audit.start();
      await ends[0].promise;
      return (await home.store.journalTip())!.seq;
    },
    untilWaits: (seq: number) =>
      seen.has(seq) ? Promise.resolve() : new Promise<void>((done) => waitedAfter.set(seq, done)),
    async [Symbol.asyncDispose]() {
      await home.stop();
      await made[Symbol.asyncDispose]();
    },
  };
}

const ANNOUNCED = { jobId: null, provider: null, kind: ANNOUNCEMENT_KIND, bytes: 1_574 };

Deno.test("homeAudit() ends the worker when the journal is written, and a new entry starts another one", async () => {
  await using rig = await auditedHome();
  const { home, audit, begins, ends, counts, written, tip } = rig;
  const seq = await rig.rested();
  assert.deepEqual([await written(), counts.starts], [seq, 1]);
  await home.store.commit(payment(1));
  await begins[1].promise;
  await ends[1].promise;
  assert.deepEqual([await written() > seq, await written()], [true, await tip()]);
  assert.equal(await audit.drain(LONG_MS), null);
  assert.deepEqual([counts.starts, rig.warnings], [2, []]);
});

Deno.test("homeAudit() lets payments for announcements wait for another entry, and drain() commits them", async () => {
  await using rig = await auditedHome();
  const { home, audit, begins, counts, written, tip } = rig;
  const seq = await rig.rested();
  await home.store.commit(payment(1, ANNOUNCED));
  await rig.untilWaits(await tip());
  assert.deepEqual([counts.starts, await written()], [1, seq]);
  await home.store.commit(payment(2));
  await begins[1].promise;
  assert.equal((await audit.drain(LONG_MS))?.committed, await tip());
});

Deno.test("homeAudit() commits payments for announcements after a while without another entry", async () => {
  await using rig = await auditedHome(1);
  const { home, begins, ends, written, tip } = rig;
  await rig.rested();
  await home.store.commit(payment(1, ANNOUNCED));
  await begins[1].promise;
  await ends[1].promise;
  assert.equal(await written(), await tip());
});
