import assert from "node:assert/strict";
import { homeAudit } from "../../home/home_audit.ts";
import { openHome } from "../../home/home.ts";
import type { StartedService } from "../../runtime/service_starter.ts";
import { AUDIT_CURSOR } from "../../trail/audit/audit.ts";
import { jobChange, LONG_MS, payment } from "../trail/audit/audit_home.ts";
import { walletFolder } from "./wallet_folder.ts";

Deno.test("homeAudit() ends the worker when the journal is written, and a new entry starts another one", async () => {
  await using made = await walletFolder();
  const warnings: string[] = [];
  const home = await openHome({
    ...made.options,
    log: (level, msg) => void (level === "info" || level === "debug" || warnings.push(msg)),
  });
  const begins = [1, 2].map(() => Promise.withResolvers<void>());
  const ends = [1, 2].map(() => Promise.withResolvers<void>());
  let starts = 0;
  const supervisor: typeof home.supervisor = {
    ...home.supervisor,
    async start(...given) {
      const started: StartedService = await home.supervisor.start(...given);
      if (given[0] !== "audit") return started;
      const at = starts++;
      begins[at].resolve();
      return { ...started, stop: () => started.stop().finally(ends[at].resolve) };
    },
  };
  const audit = homeAudit({ ...home, supervisor }, Deno.env.get("PATH")!, null, 20);
  const written = async () => Number(await home.store.cursor(AUDIT_CURSOR));
  try {
    await home.store.commit([jobChange()]);
    audit.start();
    await ends[0].promise;
    const { seq } = (await home.store.journalTip())!;
    assert.deepEqual([await written(), starts], [seq, 1]);
    await home.store.commit(payment(1));
    await begins[1].promise;
    await ends[1].promise;
    const tip = (await home.store.journalTip())!;
    assert.deepEqual([await written() > seq, await written()], [true, tip.seq]);
    assert.equal(await audit.drain(LONG_MS), null);
    assert.deepEqual([starts, warnings], [2, []]);
  } finally {
    await home.stop();
  }
});
