import assert from "node:assert/strict";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import type { AcceptJobOptions } from "../../market/accept_job.ts";
import { askedTogether } from "../store/asked_together.ts";
import { BUYER, buyerRow, request, RULES } from "./market.ts";
import { asked, prepare, price, terminal } from "./job_terminal.ts";

Deno.test("acceptJob() reserves no place for a wrong condition, and frees the place when its packet is refused", async () => {
  const one = terminal({ capacity: 1 });
  const other = request(5601, [["param", "tries", "2"]]);
  const otherPrice = 50_000n + BigInt(encodeToon(other, "1.4").length);
  const wrong = prepare(other, otherPrice, { condition: new Uint8Array(32) });
  assert.ok("reject" in await one.inspect(wrong));
  const taken = await one.inspect(prepare(asked, price));
  assert.ok("obligation" in taken);
  const refused = await one.inspect(prepare(other, otherPrice));
  assert.ok("reject" in refused && refused.reject.code === "T03");
  // A second packet for the same request needs the same place, which stays taken while one of them may still be held.
  const again = await one.inspect(prepare(asked, price));
  assert.ok("obligation" in again);
  again.release?.();
  assert.ok("reject" in await one.inspect(prepare(other, otherPrice)));
  taken.release?.();
  assert.ok("obligation" in await one.inspect(prepare(other, otherPrice)));
});

Deno.test("acceptJob() counts a request that became a job only among the jobs", async () => {
  const jobs = { runnable: 0, known: new Set<string>() };
  const asks: string[][] = [];
  const two = terminal({
    capacity: 2,
    store: askedTogether({
      getJobByEvent: () => Promise.resolve(null),
      freeJobId: () => Promise.resolve("job-1"),
      sealedDebts: () => Promise.reject(new Error("not asked")),
      placesTaken: (eventIds) => {
        asks.push([...eventIds]);
        const known = eventIds.filter((id) => jobs.known.has(id));
        return Promise.resolve({ paused: false, runnable: jobs.runnable, known, ofBuyer: 0 });
      },
    }),
  });
  const [first, second, third] = ["1", "2", "3"].map((tries) =>
    request(5601, [["param", "tries", tries]])
  );
  const outcomeOf = async (event: NostrEvent) =>
    "obligation" in await two.inspect(prepare(event, price * 2n)) ? "taken" : "busy";
  assert.equal(await outcomeOf(first), "taken");
  // It is a job now, and may run: one place, not two.
  jobs.known.add(first.id);
  jobs.runnable = 1;
  assert.equal(await outcomeOf(second), "taken");
  assert.equal(await outcomeOf(third), "busy");
  // It ran.
  jobs.runnable = 0;
  assert.equal(await outcomeOf(third), "taken");
  assert.deepEqual(asks.at(-1), [third.id, second.id]);
});

Deno.test("acceptJob() accepts buyers on the allow list, and a known job while it is busy", async () => {
  const listed = terminal({ rules: () => ({ ...RULES, allowBuyers: [BUYER] }) });
  assert.ok("obligation" in await listed.inspect(prepare(asked, price)));
  const row = buyerRow(asked, { role: "provider", status: "quoted", jobPaid: false });
  assert.ok(
    "obligation" in await terminal({ row, capacity: 0 }).inspect(prepare(asked, price)),
  );
});

Deno.test("acceptJob() counts jobs that start no process apart from all others", async () => {
  const counted: unknown[] = [];
  const store: AcceptJobOptions["store"] = askedTogether({
    getJobByEvent: () => Promise.resolve(null),
    freeJobId: () => Promise.resolve("job-1"),
    sealedDebts: () => Promise.reject(new Error("not asked")),
    placesTaken: (_ids, limit, _buyer, of) => {
      counted.push([limit, of]);
      return Promise.resolve({
        paused: false,
        runnable: of?.others ? 8 : 9,
        known: [],
        ofBuyer: 0,
      });
    },
  });
  const packet = prepare(asked, price);
  const light = { kinds: [asked.kind], capacity: 16 };
  assert.ok("obligation" in await terminal({ store, light }).inspect(packet));
  const others = { kinds: [asked.kind + 1], capacity: 16 };
  const refused = await terminal({ store, light: others }).inspect(packet);
  assert.ok("reject" in refused && refused.reject.code === "T03");
  assert.deepEqual(counted, [
    [16, { kinds: [asked.kind], others: false }],
    [8, { kinds: [asked.kind + 1], others: true }],
  ]);
});
