/** What skillSink tells customers that have not paid, and those whose request it cannot accept. */
import assert from "node:assert/strict";
import type { UnsignedEvent } from "../../protocols/nostr/event.ts";
import { createSkillRunner } from "../../market/skill_runner.ts";
import type { SkillRunnerOptions } from "../../market/skill_runner_options.ts";
import { readQuote } from "../../protocols/nostr/job_quote.ts";
import type { SkillHost } from "../../skills/host/host.ts";
import { skillSink } from "../../stages/skill_sink.ts";
import type { Known } from "../../stages/stage.ts";
import { BUYER, buyerRow, NOW_S, PROVIDER, request, RULES, signed } from "../market/market.ts";
import { type Surroundings, surroundings } from "./surroundings.ts";

const asked = request(5601, [["p", PROVIDER]]);
const NAMED: Known = { route: "request", free: "no", named: "yes", price_units: "51024" };

const TERMS = {
  asset: { code: "M2M", scale: 6 },
  chain: { chainId: 31_337, tokenNetworkAddress: `0x${"ab".repeat(20)}` },
  ilpAddress: "g.town.provider",
};
/** For quotes alone. */
const SIGNER = {
  packetFulfilments: (packets: readonly unknown[]) =>
    Promise.resolve(packets.map(() => new Uint8Array(32))),
} as unknown as SkillRunnerOptions["signer"];

async function rig(
  destination = "",
  more: Partial<SkillRunnerOptions> = {},
  before?: Surroundings,
) {
  const at = before ?? await surroundings(NOW_S * 1000);
  const skills = createSkillRunner({
    host: {} as SkillHost,
    store: at.store,
    pubkey: PROVIDER,
    rules: () => RULES,
    limitBytes: 32_767,
    ilpAddress: "g.town.provider",
    clock: () => NOW_S * 1000,
    ...more,
  });
  const relay = { destination, terminalPubkey: "a".repeat(64) };
  const options = { concurrency: 4, relay, permissions: {}, quoteAfterMs: 0 };
  const writer = skillSink(options, { store: at.store, skills }, at.context).getWriter();
  let seq = at.settled.length;
  return {
    at,
    writer,
    async take(known: Known, event = asked) {
      const bytes = new TextEncoder().encode(JSON.stringify(event));
      const whole = { id: event.id, kind: event.kind, encoding: "json", ...known };
      await writer.write([{ seq: ++seq, bytes, known: whole }]);
      return (await at.untilSettled(seq))[seq - 1];
    },
    /** Events in the outbox; waits for one. */
    async answers(): Promise<UnsignedEvent[]> {
      const rows = await at.store.pendingOutbox(0, 100, 5_000);
      return rows.map(({ event }) => JSON.parse(new TextDecoder().decode(event)));
    },
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  };
}

Deno.test("skillSink() asks the customer of an unpaid request that names this provider for its payment", async () => {
  await using rigged = await rig();
  assert.equal((await rigged.take(NAMED)).detail, "waits for payment");
  const [quote, ...others] = await rigged.answers();
  assert.deepEqual(others, []);
  assert.deepEqual(quote, {
    kind: 7000,
    created_at: NOW_S,
    pubkey: PROVIDER,
    content: "",
    tags: [
      [
        "status",
        "payment-required",
        "pay 0.051024 M2M to g.town.provider by an ILP packet whose data is this request, signed",
      ],
      ["amount", "51024", "units"],
      ["e", asked.id],
      ["p", BUYER],
      ["ilp", "g.town.provider"],
      ["a", `31990:${PROVIDER}:crosstown`],
    ],
  });
  assert.deepEqual(await rigged.at.store.seen([asked.id]), { [asked.id]: "payment_required" });
});

Deno.test("skillSink() answers an unpaid request with a binding quote where this provider gives quotes, or says why not", async () => {
  await using rigged = await rig("", { quotes: TERMS, signer: SIGNER });
  await rigged.take(NAMED);
  const [quote] = await rigged.answers();
  const { requestId, priceUnits, ilpAddress } = readQuote(signed(quote!, PROVIDER));
  assert.deepEqual([requestId, ilpAddress], [asked.id, "g.town.provider"]);
  assert.ok(priceUnits > 50_000n);
  const metered = request(5601, [["p", PROVIDER], ["mode", "metered"]]);
  await rigged.take(NAMED, metered);
  let told = quote!;
  // The second row is written a moment after the first was read.
  for (let tries = 0; told === quote && tries < 10_000; tries++) {
    await new Promise((resolve) => setTimeout(resolve));
    told = (await rigged.answers())[1] ?? told;
  }
  assert.deepEqual(told.tags.filter(([name]) => name === "code"), [["code", "mode_not_offered"]]);
  assert.deepEqual(await rigged.at.store.seen([asked.id, metered.id]), {
    [asked.id]: "payment_required",
    [metered.id]: "mode_not_offered",
  });
});

Deno.test("skillSink() asks for no payment that arrived meanwhile, and none for a request that names no provider", async () => {
  await using rigged = await rig();
  const paid = request(5601, [["p", PROVIDER], ["t", "paid"]]);
  await rigged.at.store.commit([{ op: "putJob", row: buyerRow(paid, { role: "provider" }) }]);
  await rigged.take(NAMED, paid);
  const open = request(5601, [["t", "open"]]);
  await rigged.take({ route: "request", free: "no", price_units: "1" }, open);
  await rigged.take(NAMED);
  const answers = await rigged.answers();
  assert.deepEqual(answers.map(({ tags }) => tags.find(([name]) => name === "e")![1]), [asked.id]);
});

Deno.test("skillSink() tells a customer who names us why a request is not taken", async () => {
  await using rigged = await rig();
  const fault = {
    error_code: "malformed",
    error_message: "an i tag must be of type url, event, job or text",
  };
  assert.deepEqual(await rigged.take({ ...NAMED, ...fault }), {
    seq: 1,
    outcome: "refused",
    detail: "malformed",
  });
  const [told] = await rigged.answers();
  assert.deepEqual(told!.tags, [
    ["status", "error", fault.error_message],
    ["e", asked.id],
    ["p", BUYER],
    ["code", "malformed"],
  ]);
  assert.deepEqual(await rigged.at.store.seen([asked.id]), { [asked.id]: "malformed" });
});

Deno.test("skillSink() answers 60 requests an hour where each answer is a paid write, and counts the others", async () => {
  await using rigged = await rig("test.relay");
  for (let n = 0; n < 65; n++) {
    const event = request(5601, [["p", PROVIDER], ["t", String(n)]]);
    await rigged.take({ ...NAMED, error_code: "malformed", error_message: "no" }, event);
  }
  // They wait for a payment each, here not at all: the last ones are written down a moment later.
  for (let tries = 0; tries < 100_000; tries++) {
    if ((await rigged.answers()).length >= 60 && rigged.at.counters.replies_too_many === 5) break;
    await new Promise((resolve) => setTimeout(resolve));
  }
  assert.equal(rigged.at.counters.replies_too_many, 5);
  assert.equal((await rigged.answers()).length, 60);
});

Deno.test("skillSink() counts the answers of the last hour also after a restart, and begins anew when it is over", async () => {
  await using first = await rig("test.relay");
  const { at } = first;
  const fault = { ...NAMED, error_code: "malformed", error_message: "no" };
  const answered = async (rigged: typeof first, from: number, to: number, total: number) => {
    for (let n = from; n < to; n++) {
      await rigged.take(fault, request(5601, [["p", PROVIDER], ["t", String(n)]]));
    }
    for (let tries = 0; tries < 100_000; tries++) {
      const all = await rigged.answers();
      const value = await at.store.cursor("answers to strangers");
      if (all.length >= total && at.counters.replies_too_many === to - total) {
        return [all, value] as const;
      }
      await new Promise((resolve) => setTimeout(resolve));
    }
    return assert.fail("the answers did not come");
  };
  at.counters.replies_too_many = 0;
  const minute = Math.floor(NOW_S / 60);
  const [, value] = await answered(first, 0, 40, 40);
  assert.equal(value, `${minute}:40`);
  at.nowMs += 30 * 60_000;
  const again = await rig("test.relay", {}, at);
  const [, more] = await answered(again, 40, 65, 60);
  assert.equal(more, `${minute}:40 ${minute + 30}:20`);
  at.nowMs += 30 * 60_000;
  at.counters.replies_too_many = 5;
  const later = await rig("test.relay", {}, at);
  const [all, rest] = await answered(later, 65, 75, 70);
  assert.deepEqual([all.length, rest], [70, `${minute + 30}:20 ${minute + 60}:10`]);
});

Deno.test("skillSink() declines nothing that was paid meanwhile if each answer is a paid write", async () => {
  await using rigged = await rig("test.relay");
  const paid = request(5601, [["p", PROVIDER], ["t", "paid"]]);
  await rigged.at.store.commit([{ op: "putJob", row: buyerRow(paid, { role: "provider" }) }]);
  const fault = { error_code: "bad_input", error_message: "no" };
  await rigged.take({ ...NAMED, ...fault }, paid);
  await rigged.take({ ...NAMED, ...fault });
  const answers = await rigged.answers();
  assert.deepEqual(answers.map(({ tags }) => tags.find(([name]) => name === "e")![1]), [asked.id]);
});
