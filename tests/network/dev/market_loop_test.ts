/**
 * The whole loop on real parts: relay, connector, signers, stores and workers of the embedded network, a buyer's home and a
 * provider's. Only the command line is missing.
 */
import assert from "node:assert/strict";
import { DEV_PRICE_UNITS_PER_BYTE } from "../../../network/dev/constitution.ts";
import type { Home } from "../../../home/home.ts";
import { awaitJob } from "../../../home/job_deadline.ts";
import { catchUp, commitJob, listenForAnswers, planJob } from "../../../home/job_flow.ts";
import { startOutbound } from "../../../home/outbound.ts";
import type { JobFlags } from "../../../market/intake.ts";
import { definition as market } from "../../../market/market_service.ts";
import { asPubkey } from "../../../protocols/nostr/event.ts";
import { eventId } from "../../../protocols/nostr/event_id.ts";
import { approveSkill, writeSkill } from "../../skills/skill_files.ts";
import { devWorld, noCallbacks } from "./dev_home.ts";

const ECHO: JobFlags & { readonly callbackSkill: null } = {
  type: "echo",
  input: "hello",
  params: [],
  platform: null,
  tags: [],
  bidUnits: null,
  provider: null,
  relays: [],
  timeoutS: 120,
  limitBytes: 32_767,
  callbackSkill: null,
};
const never = new AbortController().signal;
const reader = await market.start({}, {}, { clock: Date.now });

/** Sends the waiting rows and resolves when all are settled. */
async function sendAll(home: Home): Promise<void> {
  const outbound = await startOutbound(home, { follow: false });
  await outbound.ready;
  await outbound.done;
}

async function announced(home: Home): Promise<void> {
  while ((await home.relayReader.announcements([5600])).length === 0);
}

Deno.test("the market loop on an embedded network", async (t) => {
  await using world = await devWorld();
  const provider = await world.open("provider");
  const serving = await world.provide(provider);
  let buyer = await world.open("buyer");
  await announced(buyer);

  await t.step(
    "a job is posted, paid, run, answered, verified, and each unit is accounted for",
    async () => {
      const planned = await planJob(buyer, reader, ECHO);
      const row = await commitJob(buyer, planned, ECHO);
      const answers = await listenForAnswers(buyer, [row], noCallbacks(buyer));
      answers.done.catch(() => {});
      await sendAll(buyer);
      const ended = await awaitJob(buyer, row.jobId, never);
      await answers.drain(120_000);
      assert.deepEqual([ended.status, ended.jobPaid, ended.errorCode], ["success", true, null]);
      assert.equal(ended.writeUnits, planned.writeUnits);
      assert.equal(ended.writeUnits, BigInt(planned.built.sizeBytes) * DEV_PRICE_UNITS_PER_BYTE);
      const printed = await reader.readResult(ended.kind, ended.result!);
      assert.equal(printed.content, "hello");
      const totals = await buyer.store.totals();
      assert.equal(totals.spentUnits, ended.writeUnits + ended.amountUnits);
      assert.equal(totals.openOutgoing, 0);
      const ran = await provider.store.getJobByEvent(row.eventId, "provider");
      assert.deepEqual([ran!.status, ran!.attempt, ran!.amountUnits], [
        "success",
        1,
        ended.amountUnits,
      ]);
      // What the provider paid for its answer is booked when its write is settled.
      let told = ran!;
      while ((await provider.store.pendingOutbox(0, 1, 0)).length > 0) {
        told = await provider.store.watchJob(ran!.jobId, "provider", told.updatedAtMs, 100) ?? told;
      }
      const served = await provider.store.getJobByEvent(row.eventId, "provider");
      assert.ok(served!.writeUnits > 0n && served!.writeUnits < ended.amountUnits, "it covers it");
    },
  );

  await t.step(
    "a job that was only durable is sent after a restart, once however often it is tried",
    async () => {
      const planned = await planJob(buyer, reader, { ...ECHO, input: "again" });
      const row = await commitJob(buyer, planned, ECHO);
      const before = await buyer.store.totals();
      await buyer.stop();
      buyer = await world.open("buyer");
      await sendAll(buyer);
      await sendAll(buyer);
      const sent = await buyer.store.getJob(row.jobId, "buyer");
      assert.equal(sent!.jobPaid, true);
      const totals = await buyer.store.totals();
      assert.equal(totals.spentUnits - before.spentUnits, sent!.writeUnits + sent!.amountUnits);
      const answers = await listenForAnswers(buyer, [row], noCallbacks(buyer));
      answers.done.catch(() => {});
      assert.equal((await awaitJob(buyer, row.jobId, never)).status, "success");
      await answers.drain(120_000);
    },
  );

  await t.step(
    "a private job without a quote is paid by what its two parties alone can open, and its wraps are caught up with",
    async () => {
      const flags = { ...ECHO, input: "psst", answersKey: buyer.identity.answersKey };
      const planned = await planJob(buyer, reader, flags);
      const row = await commitJob(buyer, planned, flags);
      assert.equal(await buyer.store.quoteOf(row.eventId), null);
      await sendAll(buyer);
      const paid = await buyer.store.getJob(row.jobId, "buyer");
      assert.deepEqual([paid!.jobPaid, paid!.errorCode], [true, null]);
      let now = paid;
      while (now!.status !== "success") {
        await catchUp(buyer, [row], noCallbacks(buyer));
        now = await buyer.store.getJob(row.jobId, "buyer");
      }
      assert.equal((await reader.readResult(now!.kind, now!.result!)).content, "psst");
    },
  );

  await t.step("a job that was cancelled before it was sent costs nothing", async () => {
    const planned = await planJob(buyer, reader, { ...ECHO, input: "no" });
    const row = await commitJob(buyer, planned, ECHO);
    const before = await buyer.store.totals();
    const patch = { status: "cancelled" } as const;
    await buyer.store.commit([{ op: "patchJob", jobId: row.jobId, role: "buyer", patch }]);
    await sendAll(buyer);
    assert.equal((await buyer.store.totals()).spentUnits, before.spentUnits);
    assert.deepEqual(await buyer.store.pendingOutbox(0, 1, 0), []);
  });

  await t.step("a result that came while the buyer was away is caught up with", async () => {
    const planned = await planJob(buyer, reader, { ...ECHO, input: "later" });
    const row = await commitJob(buyer, planned, ECHO);
    await sendAll(buyer);
    let ran = await provider.store.getJobByEvent(row.eventId, "provider");
    while (ran === null || ran.status !== "success" || ran.writeUnits < 5_000n) {
      ran = await provider.store.watchJob(row.jobId, "provider", ran?.updatedAtMs ?? 0, 50);
    }
    let now = await buyer.store.getJob(row.jobId, "buyer");
    while (now!.status !== "success") {
      await catchUp(buyer, [row], noCallbacks(buyer));
      now = await buyer.store.getJob(row.jobId, "buyer");
    }
    assert.equal(now!.exitCode, null);
  });

  const skillFolder = `${world.layout.providerHome}/skills/count`;
  const drop = async (more = "") => {
    await writeSkill(
      skillFolder,
      'kinds = [5650, 1111, 1059]\ntags = ["counted"]\n' +
        `price = { flat_units = 30000 }\npermissions = { env = ["CT_TEST_NAME"] }\n${more}[run]\n` +
        'runner = "command"\ncommand = ["sh", "-c", "wc -c; echo $CT_TEST_NAME $CROSSTOWN_KIND"]\n',
    );
    await approveSkill(world.layout.providerHome, skillFolder);
  };
  const priceOf5650 = async () => {
    const [found] = await buyer.relayReader.announcements([5650]);
    return found?.prices.find(({ kind }) => kind === 5650)?.flatUnits ?? null;
  };

  await t.step(
    "a skill that is dropped in while the provider runs is announced, bought, and has its variables",
    async () => {
      assert.equal(await priceOf5650(), null);
      Deno.env.set("CT_TEST_NAME", "passed on");
      await drop();
      while (await priceOf5650() !== 30_000n);
      const flags = { ...ECHO, type: "count", kind: 5650, input: "some words" };
      const planned = await planJob(buyer, reader, flags);
      const row = await commitJob(buyer, planned, flags);
      const answers = await listenForAnswers(buyer, [row], noCallbacks(buyer));
      answers.done.catch(() => {});
      await sendAll(buyer);
      const ended = await awaitJob(buyer, row.jobId, never);
      await answers.drain(120_000);
      assert.deepEqual([ended.status, ended.errorCode], ["success", null]);
      const { content } = await reader.readResult(ended.kind, ended.result!);
      assert.match(content ?? "", /^\d+\npassed on 5650\n$/);
    },
  );

  await t.step(
    "a message of a kind that a skill takes reaches it, addressed where it is",
    async () => {
      const write = async (kind: number, tags: string[][]): Promise<string> => {
        const createdAtS = Math.floor(Date.now() / 1000);
        const draft = { kind, created_at: createdAtS, tags, content: `message ${kind}` };
        const event = { ...draft, pubkey: asPubkey(buyer.identity.pubkey) };
        await buyer.store.commit([{
          op: "addOutbox",
          row: {
            jobId: null,
            purpose: "write",
            event: new TextEncoder().encode(JSON.stringify(event)),
            destination: buyer.options.profile.relay!.ilpAddress,
            terminalPubkey: buyer.options.profile.relay!.pubkey,
            amountUnits: null,
            createdAtMs: Date.now(),
          },
        }]);
        await sendAll(buyer);
        return eventId(event);
      };
      const seen = async (id: string) => (await provider.store.seen([id]))[id];
      await drop("addressed = false\n");
      const open = await write(1111, []);
      while (await seen(open) === undefined);
      assert.equal(await seen(open), "done");
      await drop("addressed = true\n");
      const own = await write(1059, [["p", provider.identity.pubkey]]);
      while (await seen(own) === undefined);
      assert.equal(await seen(own), "done");
    },
  );

  await t.step("a skill that is changed or removed is announced so", async () => {
    await drop();
    const manifest = `${skillFolder}/skill.toml`;
    const text = await Deno.readTextFile(manifest);
    await Deno.writeTextFile(manifest, text.replace("30000", "31000"));
    // The skill is not sold until it is approved again.
    while (await priceOf5650() !== null);
    await approveSkill(world.layout.providerHome, skillFolder);
    while (await priceOf5650() !== 31_000n);
    await Deno.remove(skillFolder, { recursive: true });
    while (await priceOf5650() !== null);
    // Where there is an engine for images, builds are sold as well.
    const kinds = serving.prices().map(({ kind }) => kind).filter((kind) => kind !== 5602);
    assert.deepEqual(kinds, [5600, 5601]);
  });

  await t.step("everything drains, and nothing was given up", async () => {
    await serving.drain(120_000);
    await buyer.stop();
    await provider.stop();
    assert.deepEqual(world.fatal, []);
  });
});
