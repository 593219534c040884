/** `paying_child.ts FOLDER PATH`: pays without end while the audit follows, and prints each nonce once it is committed. */
import { startAuditWork } from "../../../trail/audit/audit_work.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { CHANNEL } from "../../store/store_rows.ts";
import { channelChanges, NAMES, payment } from "./audit_home.ts";

const [folder, path] = Deno.args;
const store = await openSqliteStore({ folder, clock: Date.now, journal: true });
const context = { clock: Date.now, log: () => undefined };
const audit = startAuditWork({ folder, path, names: NAMES, cycleMs: 20 }, { store }, context);
let nonce = (await store.payerChannel(CHANNEL))?.nonce ?? -1;
if (nonce < 0) [nonce] = [0, await store.commit(channelChanges())];
for (;;) {
  await store.commit(payment(++nonce));
  Deno.stdout.writeSync(new TextEncoder().encode(`${nonce}\n`));
  // From time to time only the audit uses the disk, so that a kill can hit it at work.
  if (nonce % 10 === 0) await audit.drain(5_000);
}
