/** The audit as the product runs it: in a worker that may only use its own parts of the state folder. */
import assert from "node:assert/strict";
import { createSupervisor } from "../../../home/workers/supervisor.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { channelChanges, follows, jobChange, LONG_MS, NAMES, payment } from "./audit_home.ts";

Deno.test("audit: in its worker it makes a repository, continues an existing one, and makes a lost one again", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "ct-audit-" }));
  const place = { folder, path: Deno.env.get("PATH")! };
  const warnings: string[] = [];
  try {
    for (const round of [1, 2, 3]) {
      if (round === 3) await Deno.remove(`${folder}/.git`, { recursive: true });
      const supervisor = createSupervisor({
        deadMs: 120_000,
        log: (level, msg, fields) =>
          void (level === "info" || warnings.push(`${msg} ${JSON.stringify(fields)}`)),
      });
      const handle = await supervisor.service("store", { folder, journal: true });
      const store = handle.client();
      if (round === 1) await store.commit([...channelChanges(), jobChange()]);
      await store.commit(payment(round));
      const audit = await supervisor.service("audit", { ...place, names: NAMES }, {
        store: handle,
      });
      const { entries, committed, logged } = await audit.client().drain(LONG_MS);
      await supervisor.stop();
      assert.deepEqual(warnings, []);
      assert.deepEqual([committed, logged], [entries, entries]);
      const reading = await openSqliteStore({ folder, clock: Date.now, readOnly: true });
      await follows({ folder, place, store: reading });
      await reading.close();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
