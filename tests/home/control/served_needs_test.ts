import assert from "node:assert/strict";
import { alwaysAtWork } from "../../../home/client/home_work.ts";
import { servedNeeds } from "../../../home/control/served_needs.ts";

const SENDING = { need: "sending" } as const;
const signal = new AbortController().signal;

Deno.test("servedNeeds() reports each call's need once, in order, and the end of its call", async () => {
  const { work, needs } = servedNeeds(alwaysAtWork(() => undefined));
  const asked = needs.nextNeed();
  const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const calls = [
    work.during(SENDING, signal, () => first.promise),
    work.during({ need: "callbacks" }, signal, () => second.promise),
  ];
  const told = [await asked, await needs.nextNeed()];
  assert.deepEqual(told.map(({ need }) => need.need), ["sending", "callbacks"]);
  let isOver = false;
  const over = needs.untilNeedIsOver(told[0].id).then(() => isOver = true);
  second.resolve("b");
  assert.equal(await calls[1], "b");
  assert.equal(isOver, false);
  first.resolve("a");
  assert.equal(await calls[0], "a");
  await over;
  await needs.untilNeedIsOver(told[1].id);
});

Deno.test("servedNeeds() fails a call whose need is refused, and forgets an unreported need whose call ended", async () => {
  const { work, needs } = servedNeeds(alwaysAtWork(() => undefined));
  await work.during(SENDING, signal, () => Promise.resolve());
  const call = work.during(SENDING, signal, () => new Promise<never>(() => {}));
  const { id } = await needs.nextNeed();
  assert.equal(id, 2);
  await needs.refuseNeed(id, "no outbound");
  await assert.rejects(call, /no outbound/);
  await needs.refuseNeed(id, "again, which nobody hears");
});
