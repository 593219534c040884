/** What prepareSink asks for before it is due. */
import assert from "node:assert/strict";
import type { PrepareSinkServices } from "../../stages/prepare_sink_services.ts";
import { fulfilled, requestAndPayment, rig, unknown } from "./prepare_sink_rig.ts";
import { surroundings } from "./surroundings.ts";

type Signer = PrepareSinkServices["signer"];

/** A signer that notes for how many packets it was asked, and says when. */
function askedSigner() {
  let asked = 0;
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const signer: Signer = {
    packetFulfilments(packets) {
      asked += packets.length;
      for (const { count, resolve } of waiting) if (asked >= count) resolve();
      return Promise.resolve(packets.map(() => new Uint8Array(32)));
    },
  };
  const until = (count: number) =>
    asked >= count
      ? Promise.resolve()
      : new Promise<void>((resolve) => waiting.push({ count, resolve }));
  return { signer, until, asked: () => asked };
}

Deno.test("prepareSink() asks for a write's fulfilment while it looks the write up, for the payment's while the write is under way, and once each", async () => {
  await using at = await surroundings();
  const { signer, until, asked } = askedSigner();
  const store: PrepareSinkServices["store"] = Object.create(at.store, {
    deliveries: {
      value: async (...args: Parameters<typeof at.store.deliveries>) => {
        await until(1);
        return await at.store.deliveries(...args);
      },
    },
  });
  const { paid, writer } = await rig(at, {
    services: { store, signer },
    async pay({ obligation, amount }) {
      if (obligation.startsWith("write:")) await until(2);
      return fulfilled(amount);
    },
  });
  await writer.write(await requestAndPayment(at));
  const settled = await at.untilSettled(2);
  assert.deepEqual(settled.map(({ outcome }) => outcome), ["done", "done"]);
  assert.deepEqual(paid.map(({ obligation }) => obligation.split(":")[0]), ["write", "job"]);
  assert.equal(asked(), 2);
  await writer.close();
});

Deno.test("prepareSink() reads a write back once its FULFILL is there, before that is durable, and only once", async () => {
  await using at = await surroundings();
  const looked = Promise.withResolvers<void>();
  let looks = 0;
  const { writer } = await rig(at, {
    shows() {
      looks++;
      looked.resolve();
      return "shown";
    },
    async pay({ amount, obligation, onFulfill }) {
      const isWrite = obligation.startsWith("write:");
      assert.equal(onFulfill !== undefined, isWrite);
      onFulfill?.();
      // The outcome is committed meanwhile.
      if (isWrite) await looked.promise;
      return fulfilled(amount);
    },
  });
  await writer.write(await requestAndPayment(at));
  const [write] = await at.untilSettled(2);
  assert.deepEqual([write.outcome, write.detail, looks], ["done", "confirmed", 1]);
  await writer.close();
});

Deno.test("prepareSink() forgets what the relay shows if the FULFILL did not become durable, also if the relay's reader is gone", async () => {
  await using at = await surroundings();
  const { writer } = await rig(at, {
    shows() {
      throw new Error("the reader is gone");
    },
    pay({ onFulfill }) {
      onFulfill?.();
      return Promise.resolve(unknown);
    },
  });
  const [write] = await requestAndPayment(at);
  await writer.write([write]);
  const [settled] = await at.untilSettled(1);
  assert.deepEqual([settled.outcome, settled.detail], ["failed", "unknown"]);
  await writer.close();
});

Deno.test("prepareSink() asks for a payment's fulfilment again if it could not be answered ahead", async () => {
  await using at = await surroundings();
  let asked = 0;
  const { writer } = await rig(at, {
    services: {
      signer: {
        // The write is asked for first, then the payment.
        packetFulfilments: (packets) =>
          ++asked === 2
            ? Promise.reject(new Error("busy"))
            : Promise.resolve(packets.map(() => new Uint8Array(32))),
      },
    },
    async pay({ obligation, amount }) {
      if (obligation.startsWith("write:")) await new Promise((resolve) => setTimeout(resolve, 20));
      return fulfilled(amount);
    },
  });
  await writer.write(await requestAndPayment(at));
  const settled = await at.untilSettled(2);
  assert.deepEqual(settled.map(({ outcome }) => outcome), ["done", "done"]);
  assert.equal(asked, 3);
  await writer.close();
});
