/** What the sink writes to relays of others, and what it does not. */
import assert from "node:assert/strict";
import type { CopyAnswer } from "../../market/relay_copies.ts";
import { readerCopies } from "../../stages/prepare_sink_copies.ts";
import type { PrepareSinkServices } from "../../stages/prepare_sink_services.ts";
import type { Item } from "../../stages/stage.ts";

const PROVIDER = "a".repeat(64);
const REQUEST = "e".repeat(64);
const bytesOf = (event: unknown) => new TextEncoder().encode(JSON.stringify(event));

function item(kind: number, tags: readonly (readonly string[])[], known: Item["known"] = {}): Item {
  return { seq: 1, bytes: bytesOf({ kind, tags }), known: { id: "1", kind, ...known } } as Item;
}

/** The services of a home, and what they were asked. `jobs`: the tags of requests by their ids. */
function rig(jobs: Readonly<Record<string, readonly (readonly string[])[]>> = {}) {
  const asked: (readonly [string, readonly string[]])[] = [];
  const written: (readonly string[])[] = [];
  const lines: string[] = [];
  const counts = new Map<string, number>();
  let answer: (urls: readonly string[]) => Promise<CopyAnswer[]> = (urls) =>
    Promise.resolve(urls.map((relayUrl) => ({ relayUrl, state: "accepted", reason: null })));
  const services = {
    store: {
      getJobByEvent: (id: string) =>
        Promise.resolve(jobs[id] === undefined ? null : { request: bytesOf({ tags: jobs[id] }) }),
    },
    relayReader: {
      inbox(pubkey: string, named: readonly string[]) {
        asked.push([pubkey, named]);
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
  };
  return {
    ...{ asked, written, lines, counts, services, context },
    copies: readerCopies(services, context),
    answerWith: (next: typeof answer) => void (answer = next),
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

Deno.test("readerCopies() writes an answer to the relays that its request names", async () => {
  const buyer = "b".repeat(64);
  const at = rig({ [REQUEST]: [["relays", "wss://b.example", "wss://c.example"]] });
  for (const kind of [6600, 7000]) at.copies.begin(item(kind, [["e", REQUEST], ["p", buyer]]));
  // A request that is not known here names nothing.
  at.copies.begin(item(7000, [["e", "f".repeat(64)], ["p", buyer]]));
  await at.copies.ended();
  const named = ["wss://b.example", "wss://c.example"];
  assert.deepEqual(at.asked, [[buyer, named], [buyer, named], [buyer, []]]);
  assert.deepEqual(at.written, [named, named]);
  assert.equal(at.counts.get("copies_accepted"), 4);
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
