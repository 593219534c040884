/** How often the channel watch looks at a real node, what it asks, and what it says when it cannot. */
import assert from "node:assert/strict";
import { systemTimers, type Timers } from "../../../base/timers.ts";
import { chainTest } from "../../contracts/chain.ts";
import { counted, credit, node, opened, receiver, until, watching } from "./watched_chain.ts";

chainTest(
  "watch() asks for the newest block alone while it stays the same",
  async () => {
    const channelId = await opened();
    const asked: string[] = [];
    const rounds = Promise.withResolvers<void>();
    await using wallet = await receiver({
      over: (chain) => ({
        ...chain,
        async head(maxAgeMs) {
          asked.push("head");
          if (asked.filter((each) => each === "head").length === 40) rounds.resolve();
          return await chain.head(maxAgeMs);
        },
        async contracts() {
          asked.push("contracts");
          return await chain.contracts();
        },
        async channelEvents(ids, fromBlock) {
          asked.push("events");
          return await chain.channelEvents(ids, fromBlock);
        },
      }),
    });
    await credit(wallet, channelId, 1n);
    await watching(wallet, () => rounds.promise);
    const others = asked.filter((each) => each !== "head").length;
    assert.ok(others <= 10, `${others} other questions in 40 rounds`);
  },
);

chainTest(
  "watch() asks in each round for the head of that moment, never for one that was seen before",
  async () => {
    const channelId = await opened();
    const ages: (number | undefined)[] = [];
    await using wallet = await receiver({
      over: (chain) => ({
        ...chain,
        head: (maxAgeMs) => {
          ages.push(maxAgeMs);
          return chain.head(maxAgeMs);
        },
      }),
    });
    await credit(wallet, channelId, 700n);
    await watching(wallet, () => until(() => Promise.resolve(ages.length >= 6)));
    // A sweep asks once more, for all known channels.
    const rounds = ages.filter((age) => age !== undefined);
    assert.deepEqual(new Set(rounds), new Set([0]));
  },
);

chainTest("watch() looks a third as often while no channel is in work", async () => {
  const channelId = await opened();
  const pauses: number[] = [];
  const timers: Timers = {
    now: () => systemTimers.now(),
    after(ms, then) {
      pauses.push(ms);
      return systemTimers.after(ms, then);
    },
  };
  await using wallet = await receiver({ timers, options: { watchEveryMs: 51 } });
  await credit(wallet, channelId, 700n);
  const watch = wallet.manager.watch();
  await until(() => Promise.resolve(pauses.includes(153)));
  pauses.length = 0;
  await node().send(node().alice, "closeChannel", channelId);
  await until(() => Promise.resolve(pauses.includes(51)));
  await wallet.manager.stop();
  await watch;
});

chainTest(
  "watch() warns once while the chain cannot be read, and says when it can be again",
  async () => {
    const { wallet, state, more } = await counted({});
    await using _ = wallet;
    await watching(wallet, async () => {
      for (let times = 0; times < 2; times++) {
        state.isAway = false;
        await more();
        state.isAway = true;
        await more();
      }
    });
    const said = wallet.logs.filter((line) => line.includes("watched"));
    assert.deepEqual(said.map((line) => line.split(" ", 1)[0]), ["warn", "info", "warn"]);
  },
);

chainTest("a manager stops while a chain that is away leaves its question unanswered", async () => {
  const asked = Promise.withResolvers<void>();
  const never = new Promise<never>(() => undefined);
  const waits: (() => void)[] = [];
  const timers: Timers = {
    now: () => systemTimers.now(),
    after(ms, then) {
      if (ms < 1_000) return systemTimers.after(ms, then);
      // What the stop would wait for.
      waits.push(then);
      return () => undefined;
    },
  };
  await using wallet = await receiver({
    timers,
    over: (chain) => ({
      ...chain,
      head: () => {
        asked.resolve();
        return never;
      },
    }),
  });
  const watch = wallet.manager.watch();
  await asked.promise;
  let stopped = false;
  const stopping = wallet.manager.stop().then(() => watch).then(() => stopped = true);
  let looks = 0;
  await until(() => Promise.resolve(stopped || ++looks > 2_000));
  assert.ok(stopped, "the stop does not wait for the chain");
  for (const late of waits) late();
  await stopping;
});
