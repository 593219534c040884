import assert from "node:assert/strict";
import { SignerError } from "../../money/signer/signer_error.ts";
import type { Store } from "../../store/store.ts";
import { definition } from "../../stages/prepare_sink_definition.ts";
import { until } from "../until.ts";
import type { PrepareSinkServices } from "../../stages/prepare_sink_services.ts";
import { stageContract } from "./stage_contract.ts";
import { addRow, outgoingItem, pending, sharedStore, surroundings } from "./surroundings.ts";
import { BUYER, buyerJob, fulfilled, PAID, requestAndPayment, rig } from "./prepare_sink_rig.ts";

Deno.test("prepareSink() adds the fees of hops to the price of a write; a job's payment includes them already", async () => {
  await using at = await surroundings();
  const hopFees = ["test.relay 3 100", "test.relay 0 0", "test.elsewhere 900 0"];
  const { writer, paid } = await rig(at, { options: { ...PAID, hopFees } });
  await writer.write(await requestAndPayment(at));
  await at.untilSettled(2);
  await writer.close();
  assert.deepEqual(paid.map(({ amount }) => amount), [104n, 500n]);
  assert.equal((await buyerJob(at))!.writeUnits, 104n);
});

Deno.test("prepareSink() pays the write, then the provider, and has both in the store before it settles", async () => {
  await using at = await surroundings();
  const told: unknown[] = [];
  const { writer, paid } = await rig(at, {
    pay: ({ about, amount }) => {
      told.push(about);
      return Promise.resolve(fulfilled(amount));
    },
  });
  await writer.write(await requestAndPayment(at));
  assert.deepEqual(await at.untilSettled(2), [
    { seq: 1, outcome: "done", detail: "confirmed" },
    { seq: 2, outcome: "done", detail: "fulfilled" },
  ]);
  await writer.close();
  assert.deepEqual(paid, [
    { obligation: `write:${BUYER.eventId}`, amount: 100n },
    { obligation: `job:${BUYER.eventId}`, amount: 500n },
  ]);
  // Their journal entries: a write is priced by its bytes, a job is not. The payment names the provider, whose daily
  // limit it counts against.
  const { jobId, kind } = BUYER;
  const provider = "a".repeat(64);
  const bytes = "document 1".length;
  assert.deepEqual(told, [
    { jobId, provider: null, kind, bytes },
    { jobId, provider, kind, bytes: null },
  ]);
  const row = await buyerJob(at);
  assert.deepEqual([row!.status, row!.jobPaid, row!.writeUnits], ["paid", true, 100n]);
  assert.deepEqual(await pending(at.store), []);
});

Deno.test("prepareSink() reads the job of a delivered document once, and again only if somebody else has changed it", async () => {
  for (const answered of [false, true]) {
    await using at = await surroundings();
    const [write, pay] = await requestAndPayment(at);
    let looks = 0;
    const store: Store = {
      ...at.store,
      deliveries(asked) {
        looks += asked.length;
        return at.store.deliveries(asked);
      },
    };
    const { writer } = await rig(at, {
      services: { store },
      async pay({ obligation, amount }) {
        if (answered && obligation.startsWith("job:")) {
          const { jobId } = BUYER;
          const patch = { status: "processing", writeUnits: 107n } as const;
          await at.store.commit([{ op: "patchJob", jobId, role: "buyer", patch }]);
        }
        return fulfilled(amount);
      },
    });
    await writer.write([write, pay]);
    await at.untilSettled(2);
    await writer.close();
    const row = await buyerJob(at);
    assert.deepEqual(
      [looks, row!.status, row!.jobPaid, row!.writeUnits],
      answered ? [3, "processing", true, 107n] : [2, "paid", true, 100n],
    );
  }
});

Deno.test("prepareSink() stores the outcomes of different jobs at once, and those of one job one after another", async () => {
  await using at = await surroundings();
  const other = { ...BUYER, jobId: "job-other", eventId: "7".repeat(64) };
  const [write, pay] = await requestAndPayment(at);
  const [further] = await requestAndPayment(at, other);
  const both = Promise.withResolvers<void>();
  const under = new Set<string>();
  const store: Store = {
    ...at.store,
    async commit(changes) {
      const jobs = changes.flatMap((each) => each.op === "patchJob" ? [each.jobId] : []);
      for (const jobId of jobs) {
        assert.ok(!under.has(jobId), "one document of a job after another");
        under.add(jobId);
      }
      if (under.size === 2) both.resolve();
      await both.promise;
      await at.store.commit(changes);
      for (const jobId of jobs) under.delete(jobId);
    },
  };
  const { writer } = await rig(at, { services: { store } });
  await writer.write([write, pay, { ...further, seq: 3 }]);
  await at.untilSettled(3);
  await writer.close();
  assert.deepEqual([(await buyerJob(at))!.status, (await buyerJob(at))!.writeUnits], [
    "paid",
    100n,
  ]);
});

Deno.test("prepareSink() sends without payment what the relay accepts for free", async () => {
  await using at = await surroundings();
  const sent: string[] = [];
  const { paid, writer } = await rig(at, {
    services: {
      connector: {
        pay: () => Promise.reject(new Error("nothing is to be paid")),
        sendFree({ destination }) {
          sent.push(destination);
          return Promise.resolve(fulfilled(0n));
        },
      },
    },
  });
  const known = { id: "f".repeat(64), purpose: "write", destination: "test.relay" };
  await writer.write([outgoingItem(1, { ...known, terminal: "a".repeat(64) })]);
  const [settled] = await at.untilSettled(1);
  assert.equal(settled.outcome, "done");
  assert.deepEqual([sent, paid], [["test.relay"], []]);
  await writer.close();
});

const REFUSALS: readonly {
  readonly name: string;
  readonly services: Partial<PrepareSinkServices>;
  readonly code: string;
}[] = [
  {
    name: "without a connector",
    services: { connector: undefined },
    code: "no_connector",
  },
  {
    name: "whose terminal's key the signer refuses",
    services: {
      signer: {
        packetFulfilments: () => Promise.reject(new SignerError("bad_field", "peer")),
      },
    },
    code: "bad_field",
  },
];

for (const { name, services, code } of REFUSALS) {
  Deno.test(`prepareSink() refuses a document ${name}: ${code}`, async () => {
    await using at = await surroundings();
    const [write] = await requestAndPayment(at);
    const { writer } = await rig(at, { services });
    await writer.write([write]);
    assert.deepEqual(await at.untilSettled(1), [{ seq: 1, outcome: "refused", detail: code }]);
    assert.equal((await buyerJob(at))!.errorCode, code);
    await writer.close();
  });
}

Deno.test("prepareSink() books the answer of a job that this home both bought and ran on the provider's row", async () => {
  await using at = await surroundings();
  await at.store.commit([
    { op: "putJob", row: BUYER },
    { op: "putJob", row: { ...BUYER, role: "provider", status: "success" } },
  ]);
  const row = await addRow(at.store, { jobId: BUYER.jobId });
  const { writer } = await rig(at);
  await writer.write([outgoingItem(1, {
    id: "e".repeat(64),
    job_id: BUYER.jobId,
    destination: "test.relay",
    outbox_id: row,
    write_price_units: "70",
  })]);
  await at.untilSettled(1);
  assert.equal((await buyerJob(at))!.writeUnits, 0n);
  assert.equal((await at.store.getJob(BUYER.jobId, "provider"))!.writeUnits, 70n);
  await writer.close();
});

Deno.test("prepareSink() has at most 64 documents in progress", async () => {
  await using at = await surroundings();
  const gate = Promise.withResolvers<void>();
  const { writer, paid } = await rig(at, {
    pay: async ({ amount }) => {
      await gate.promise;
      return fulfilled(amount);
    },
  });
  const items = Array.from({ length: 100 }, (_, n) =>
    outgoingItem(n + 1, {
      id: String(n).padStart(64, "0"),
      destination: "test.relay",
      write_price_units: "1",
    }));
  const written = writer.write(items);
  await until(() => paid.length >= 64);
  // One turn of the event loop runs whatever does not wait.
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(paid.length, 64);
  gate.resolve();
  await written;
  await writer.close();
  assert.equal(at.settled.length, 100);
});

Deno.test("prepareSink()'s only permission is the connector's address", () => {
  assert.deepEqual(definition.permissions(PAID), {});
  assert.deepEqual(definition.permissions({ ...PAID, connectorHost: "c.example:443" }), {
    net: ["c.example:443"],
  });
});

const contractStore = await sharedStore();

stageContract(definition, {
  options: { write: "nostr", wire: "interledger" },
  services: () => ({
    store: contractStore,
    signer: { packetFulfilments: () => Promise.resolve([]) },
    connector: null,
    results: null,
    jobLogs: null,
    quotes: null,
    relayCopies: null,
    relayReader: {
      publish: (bytes: Uint8Array) =>
        new TextDecoder().decode(bytes) === "bad"
          ? Promise.reject(Object.assign(new Error("blocked: no"), { code: "refused" }))
          : Promise.resolve(),
      readBack: () => Promise.resolve("shown" as const),
    },
  }),
  cases: [{
    name: "free writes, one refused by the relay",
    items: ["good", "fine", "bad"].map((text) => ({
      bytes: new TextEncoder().encode(text),
      known: { id: text, kind: 1, destination: "" },
    })),
    outcomes: ["done", "done", "refused"],
  }],
});
