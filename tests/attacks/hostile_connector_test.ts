/** A connector that lies about packets and figures, and a relay that lies about events, against the buyer's real program. */
import assert from "node:assert/strict";
import { withTime } from "../with_time.ts";
import { HostileMarket } from "./hostile_market.ts";
import { resultOf } from "./hostile_events.ts";

const WRONG = { fulfilment: new Uint8Array(32).fill(9) };
const PAID = { write_units: "5010", job_units: "1000" };

Deno.test("job submit believes no FULFILL with a wrong preimage, and pays the open packet by no second claim", async () => {
  await using market = await HostileMarket.start();
  market.onPacket = (arrived) =>
    arrived.to === "provider" ? Promise.resolve(WRONG) : arrived.honest();
  const { document } = await withTime(
    [10, 60],
    (seconds) => market.submit("--timeout", `${seconds}`),
    // Else its time was over before its provider could be paid.
    () => market.paidProvider.length > 0,
  );
  assert.equal(document.status, "timeout", JSON.stringify(document.error));
  assert.deepEqual(document.paid, { write_units: "5010", job_units: "0" });
  assert.equal(market.paidProvider.length, 1, "the same bytes again");

  market.onPacket = (arrived) => arrived.honest();
  const { document: next } = await market.submit();
  assert.equal(next.status, "success");
  assert.equal(market.paidProvider.length, 2);
});

const ANSWERS: readonly {
  readonly name: string;
  readonly set: (market: HostileMarket) => void;
  readonly status: string;
  readonly code?: string;
}[] = [
  {
    name: "REJECT and then FULFILL: the first outcome counts",
    set: (market) =>
      market.onPacket = async (arrived) => {
        const good = await arrived.honest();
        market.answer(arrived, { code: "F99", message: "no" });
        return good;
      },
    status: "refused",
    code: "F99",
  },
  {
    name: "FULFILL and then REJECT: the first outcome counts",
    set: (market) =>
      market.onPacket = async (arrived) => {
        market.answer(arrived, (await arrived.honest())!);
        return { code: "F99", message: "no" };
      },
    status: "success",
  },
  {
    name: "answers that nobody asked for, and packets and transfers of its own",
    set: (market) =>
      market.onPacket = async (arrived) => {
        const good = await arrived.honest();
        market.ask(arrived);
        for (const by of [1, 7, 99]) market.answer(arrived, good!, arrived.frame.requestId + by);
        return good;
      },
    status: "success",
  },
  {
    name: "a frame of 8 MiB",
    set: (market) =>
      market.onPacket = async (arrived) => {
        if (market.packets.length === 1) arrived.socket.send(new Uint8Array(8 << 20));
        return await arrived.honest();
      },
    status: "success",
  },
  {
    name: "figures that are none",
    set: (market) => market.figures = () => ({ nonce: -1, credited: {}, spent: null, held: "x" }),
    status: "success",
  },
  {
    name: "a nonce that was never issued",
    set: (market) =>
      market.figures = () => ({ nonce: 2 ** 40, credited: "9".repeat(20), spent: "0", held: "0" }),
    status: "refused",
    code: "halted",
  },
];
for (const { name, set, status, code } of ANSWERS) {
  Deno.test(`job submit meets a connector that sends ${name}`, async () => {
    await using market = await HostileMarket.start();
    set(market);
    const { document } = await market.submit("--timeout", "120");
    assert.deepEqual([document.status, document.error?.code], [status, code]);
    assert.ok(market.paidProvider.length <= 1);
    if (status === "success") assert.deepEqual(document.paid, PAID);
    else assert.deepEqual(document.paid, { write_units: "0", job_units: "0" });
  });
}

Deno.test("job submit pays no price that the relay put into an announcement", async () => {
  await using market = await HostileMarket.start();
  market.onRead = (_filters, events) =>
    events.map((event) => ({
      ...event,
      tags: event.tags.map((tag) =>
        tag[0] === "price" ? [...tag.slice(0, 2), "1", "0", "units"] : tag
      ),
    }));
  const { document } = await market.submit();
  assert.equal(document.error.code, "no_provider");
  assert.equal(market.packets.length, 0);
});

Deno.test("job submit works with a relay that repeats, sends invalid messages and disconnects", async () => {
  await using market = await HostileMarket.start();
  let read = 0;
  market.onRead = (_filters, events) => {
    if (++read === 2) market.cutRelay();
    return [...events, ...events, null, 5, "x", {}, { kind: 31_990 }, "[".repeat(5_000), ...events];
  };
  market.onPaid = (request) => market.publish(resultOf(request, "once"));
  const { document } = await market.submit("--timeout", "120");
  assert.equal(document.status, "success");
  assert.equal(document.paid.job_units, PAID.job_units);
  assert.equal(market.paidProvider.length, 1);
});

Deno.test("job submit pays no provider when the relay took the money for the request and hides it", async () => {
  await using market = await HostileMarket.start();
  market.onPacket = async (arrived) => {
    const answer = await arrived.honest();
    if (arrived.to === "relay") market.stored.pop();
    return answer;
  };
  const { document } = await market.submit("--timeout", "12");
  assert.notEqual(document.status, "success");
  assert.equal(document.paid?.job_units, "0", JSON.stringify(document));
  assert.equal(market.paidProvider.length, 0);
});
