/** A child process for tests that kill a store, lock it out or fill its disk. Arguments: what to do, the folder. */
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { StoreError } from "../../store/store_error.ts";
import { CHANNEL, outgoing, payer } from "./store_rows.ts";

const [what, folder] = Deno.args;
const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

/** Pays on one channel without end, with 16 commits in progress, and prints each nonce once its commit resolved. */
async function pay(): Promise<void> {
  const store = await openSqliteStore({ folder, clock: Date.now });
  let nonce = (await store.payerChannel(CHANNEL))?.nonce ?? 0;
  async function payer16(): Promise<never> {
    for (;;) {
      const mine = ++nonce;
      const signed = BigInt(mine) * 10n;
      await store.commit([
        {
          op: "putOutgoing",
          expect: "absent",
          row: outgoing({ nonce: mine, cumulative: signed, prepare: new Uint8Array(1_700) }),
        },
        { op: "putPayerChannel", row: payer({ nonce: mine, signed }) },
        { op: "setCursor", name: `nonce-${mine}`, value: "1" },
      ]);
      say(String(mine));
    }
  }
  await Promise.all(Array.from({ length: 16 }, payer16));
}

async function hold(): Promise<void> {
  const store = await openSqliteStore({ folder, clock: () => 0 });
  say("held");
  await new Response(Deno.stdin.readable).text();
  await store.close();
}

/** Writes until the disk is full, and prints what happened to the failed commit, to one at the same time, and to a later one. */
async function fill(): Promise<void> {
  const store = await openSqliteStore({ folder, clock: () => 0 });
  let kept = 0;
  for (;;) {
    const settled = await Promise.allSettled([0, 1].map((half) =>
      store.commit([
        { op: "setCursor", name: `fill-${kept + half}`, value: "x".repeat(60_000) },
      ])
    ));
    const refused = settled.filter((result) => result.status === "rejected");
    if (refused.length === 0) {
      kept += 2;
      continue;
    }
    say(refused.map(({ reason }) => (reason as StoreError).code).join(" "));
    break;
  }
  say(String(kept));
}

await ({ pay, hold, fill } as Record<string, () => Promise<void>>)[what]();
Deno.exit(0);
