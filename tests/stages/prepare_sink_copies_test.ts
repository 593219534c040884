/** What the sink writes to relays of others, and what it does not. */
import assert from "node:assert/strict";
import type { CopyAnswer } from "../../market/relay_copies.ts";
import { readerCopies } from "../../stages/prepare_sink_copies.ts";
import { copyLimits } from "../../stages/prepare_sink_copy_limits.ts";
import type { PrepareSinkServices } from "../../stages/prepare_sink_services.ts";
import type { Item } from "../../stages/stage.ts";

const PROVIDER = "a".repeat(64);
const REQUEST = "e".repeat(64);
const bytesOf = (event: unknown) => new TextEncoder().encode(JSON.stringify(event));

function item(kind: number, tags: readonly (readonly string[])[], known: Item["known"] = {}): Item {
  return { seq: 1, bytes: bytesOf({ kind, tags }), known: { id: "1", kind, ...known } } as Item;
}

/** The services of a home, and what they were asked. `jobs`: the tags of the requests of sold jobs, whose buyers are the jobs' names. */
function rig(jobs: Readonly<Record<string, readonly (readonly string[])[]>> = {}) {
  const asked: (readonly [string, readonly string[], boolean?])[] = [];
  let nowMs = 1_000;
  const written: (readonly string[])[] = [];
  const lines: string[] = [];
  const counts = new Map<string, number>();
  let answer: (urls: readonly string[]) => Promise<CopyAnswer[]> = (urls) =>
    Promise.resolve(urls.map((relayUrl) => ({ relayUrl, state: "accepted", reason: null })));
  const services = {
    store: {
      getJob: (id: string) =>
        Promise.resolve(
          jobs[id] === undefined ? null : { buyer: id, request: bytesOf({ tags: jobs[id] }) },
        ),
    },
    relayReader: {
      inbox(pubkey: string, named: readonly string[], ofOurs?: boolean) {
        asked.push(ofOurs ? [pubkey, named, ofOurs] : [pubkey, named]);
        if (ofOurs) return Promise.resolve([]);
        return Promise.resolve(pubkey === PROVIDER ? ["wss://a.example"] : named);
      },
    },
    relayCopies: {
      write(urls: readonly string[]) {
        written.push(urls);
        return answer(urls);
      },
    },
  } as unknown as PrepareSinkServices;
  const context = {
    log: (level: string, message: string) => void lines.push(`${level} ${message}`),
    count: (name: string) => void counts.set(name, (counts.get(name) ?? 0) + 1),
    clock: () => nowMs,
  };
  return {
    ...{ asked, written, lines, counts, services, context },
    copies: readerCopies(services, context),
    answerWith: (next: typeof answer) => void (answer = next),
    pass: (ms: number) => void (nowMs += ms),
  };
}

for (
  const { name, of, copied } of [
    { name: "a request", of: item(5600, [["p", PROVIDER]], { job_id: "job-1" }), copied: true },
    { name: "its cancellation", of: item(5, [["p", PROVIDER]], { job_id: "job-1" }), copied: true },
    { name: "a private job", of: item(1059, [["p", PROVIDER]], { job_id: "job-1" }), copied: true },
    { name: "a private message", of: item(1059, [["p", PROVIDER]]), copied: false },
    { name: "another deletion", of: item(5, [["p", PROVIDER]]), copied: false },
    { name: "an announcement", of: item(31_990, [["p", PROVIDER]]), copied: false },
    { name: "a request to nobody", of: item(5600, [], { job_id: "job-1" }), copied: false },
    {
      name: "a request to several",
      of: item(5600, [["p", PROVIDER], ["p", "b".repeat(64)]], { job_id: "job-1" }),
      copied: false,
    },
    {
      name: "a payment",
      of: item(5600, [["p", PROVIDER]], { job_id: "job-1", purpose: "job" }),
      copied: false,
    },
  ]
) {
  Deno.test(`readerCopies() ${copied ? "copies" : "does not copy"} ${name}`, async () => {
    const at = rig();
    at.copies.begin(of);
    await at.copies.ended();
    assert.deepEqual(at.written, copied ? [["wss://a.example"]] : []);
  });
}

Deno.test("readerCopies() writes an answer to an accepted job to the relays that its request names", async () => {
  const buyer = "b".repeat(64);
  const at = rig({ "job-1": [["relays", "wss://b.example", "wss://c.example"]] });
  for (const kind of [6600, 7000]) {
    at.copies.begin(item(kind, [["e", REQUEST], ["p", buyer]], { job_id: "job-1" }));
  }
  // A price for a stranger belongs to no job, and goes only to relays that this home reads.
  at.copies.begin(item(7000, [["e", REQUEST], ["p", buyer]]));
  await at.copies.ended();
  const named = ["wss://b.example", "wss://c.example"];
  assert.deepEqual(
    at.asked.toSorted((a, b) => a.length - b.length),
    [[buyer, named], [buyer, named], [buyer, [], true]],
  );
  assert.deepEqual(at.written, [named, named]);
  assert.equal(at.counts.get("copies_accepted"), 4);
});

Deno.test("readerCopies() copies 300 answers for one customer and 600 to one host in an hour, and any request of this home", async () => {
  const jobs = Object.fromEntries(
    ["a", "b", "c"].map((name) => [name, [["relays", `wss://h.example:${name.charCodeAt(0)}`]]]),
  );
  const at = rig({ ...jobs, d: [["relays", "wss://other.example"]] });
  const copied = async (name: string, times: number) => {
    const before = at.written.length;
    for (let n = 0; n < times; n++) {
      at.copies.begin(item(6600, [["p", "b".repeat(64)]], { job_id: name }));
      await at.copies.ended();
    }
    return at.written.length - before;
  };
  assert.equal(await copied("a", 310), 300);
  assert.equal(await copied("b", 310), 300);
  // The host has no place for the third customer, to whatever port.
  assert.equal(await copied("c", 1), 0);
  assert.equal(await copied("d", 1), 1);
  assert.equal(at.counts.get("copies_limited"), 21);
  for (let n = 0; n < 301; n++) {
    at.copies.begin(item(5600, [["p", PROVIDER]], { job_id: "job-bought" }));
    await at.copies.ended();
  }
  assert.equal(at.written.length, 902);
  at.pass(13_000);
  assert.deepEqual([await copied("a", 3), await copied("c", 3)], [1, 1]);
});

Deno.test("copyLimits() hold 1,024 customers and hosts, and forget only those that are whole again", () => {
  const limits = copyLimits();
  const take = (customer: number, host: number, nowMs: number) =>
    limits.take(`${customer}`, [`wss://h${host}.example`], nowMs).length;
  for (let n = 0; n < 1_024; n++) assert.equal(take(n, n, 0), 1, `${n}`);
  assert.deepEqual([take(1_024, 0, 1), take(0, 1_024, 1), take(0, 0, 1)], [0, 0, 1]);
  assert.deepEqual([take(1_024, 1_024, 3_599_999), take(1_024, 1_024, 3_600_000)], [0, 1]);
});

Deno.test("readerCopies() goes on where a relay does not take it or the service fails, and does nothing without the service", async () => {
  const at = rig();
  const request = item(5600, [["p", PROVIDER]], { job_id: "job-1" });
  at.answerWith(([relayUrl]) =>
    Promise.resolve([{ relayUrl, state: "refused", reason: "blocked: you" }])
  );
  at.copies.begin(request);
  await at.copies.ended();
  at.answerWith(() => Promise.reject(new Error("no worker")));
  at.copies.begin(request);
  at.copies.begin({ ...request, bytes: new TextEncoder().encode("no event") });
  await at.copies.ended();
  assert.deepEqual(at.lines.map((line) => line.split(" ")[0]), ["warn", "warn", "warn"]);
  const without = readerCopies({ ...at.services, relayCopies: null }, at.context);
  without.begin(request);
  await without.ended();
  assert.equal(at.asked.length, 2);
});

Deno.test("readerCopies() holds 64 copies and leaves out further ones", async () => {
  const at = rig();
  const all = Promise.withResolvers<CopyAnswer[]>();
  at.answerWith(() => all.promise);
  for (let n = 0; n < 70; n++) {
    at.copies.begin(item(5600, [["p", PROVIDER]], { job_id: `job-${n}` }));
  }
  assert.equal(at.counts.get("copies_too_many"), 6);
  all.resolve([]);
  await at.copies.ended();
  at.copies.begin(item(5600, [["p", PROVIDER]], { job_id: "job-1" }));
  await at.copies.ended();
  assert.equal(at.written.length, 65);
});
