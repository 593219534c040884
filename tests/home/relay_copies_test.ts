import assert from "node:assert/strict";
import { startRelayCopies } from "../../home/relay_copies.ts";
import type { CopyAnswer } from "../../market/relay_copies.ts";
import { until } from "../until.ts";

type Supervisor = Parameters<typeof startRelayCopies>[0];
type Started = { readonly relayUrls: readonly string[] };

/** A supervisor whose workers answer when the test says so. */
function workers(fails = false) {
  const started: Started[] = [];
  const open: ((answers: CopyAnswer[]) => void)[] = [];
  const deaths: ((error: Error) => void)[] = [];
  let [running, most] = [0, 0];
  const supervisor = {
    start(_name: string, options: Started, _given: unknown, events: { onDeath: () => void }) {
      started.push(options);
      deaths.push(events.onDeath);
      most = Math.max(most, ++running);
      const answer = Promise.withResolvers<CopyAnswer[]>();
      open.push(answer.resolve);
      return Promise.resolve({
        ready: fails ? Promise.reject(new Error("no permission")) : Promise.resolve(),
        client: () => ({ write: () => answer.promise }),
        stop: () => Promise.resolve(void running--),
      });
    },
  } as unknown as Supervisor;
  return { supervisor, started, open, deaths, running: () => running, most: () => most };
}

const accepted = (relayUrl: string): CopyAnswer => ({ relayUrl, state: "accepted", reason: null });

Deno.test("startRelayCopies() runs two workers at a time, each for the relays of one write, and refuses what it cannot hold", async () => {
  const at = workers();
  using copies = startRelayCopies(at.supervisor);
  const client = copies.client();
  const done: CopyAnswer[][] = [];
  const writes = Array.from(
    { length: 35 },
    (_, n) => client.write([`wss://${n}.example`], []).then((answer) => done.push(answer)),
  );
  // The last one finds two at work and 32 that wait.
  await Promise.race(writes);
  assert.deepEqual(done, [[{
    relayUrl: "wss://34.example",
    state: "offline",
    reason: "too many writes wait",
  }]]);
  for (let n = 0; n < 34; n++) {
    await until(() => at.open.length > n);
    at.open[n]([accepted(`wss://${n}.example`)]);
  }
  await Promise.all(writes);
  assert.equal(done.length, 35);
  assert.deepEqual([at.most(), at.running(), at.started.length], [2, 0, 34]);
  assert.deepEqual(at.started[3].relayUrls, ["wss://3.example"]);
});

Deno.test("startRelayCopies() takes a write for which a person waits before all others, however many wait", async () => {
  const at = workers();
  using copies = startRelayCopies(at.supervisor);
  const client = copies.client();
  const writes = Array.from({ length: 35 }, (_, n) => client.write([`wss://${n}.example`], []));
  await Promise.race(writes);
  const message = client.write(["wss://reader.example"], [], true);
  // Calls of one client arrive in their order, so it waits when this one is refused.
  await client.write(["wss://late.example"], []);
  for (let n = 0; n < 35; n++) {
    await until(() => at.open.length > n);
    at.open[n]([]);
  }
  await Promise.all([...writes, message]);
  assert.deepEqual(at.started[2].relayUrls, ["wss://reader.example"]);
  assert.equal(at.started.length, 35);
});

Deno.test("startRelayCopies() starts no worker without relays, and at most three relays are written to", async () => {
  const at = workers();
  using copies = startRelayCopies(at.supervisor);
  assert.deepEqual(await copies.client().write([], []), []);
  const four = ["a", "b", "c", "d"].map((name) => `wss://${name}.example`);
  const written = copies.client().write(four, []);
  await until(() => at.open.length > 0);
  at.open[0]([]);
  await written;
  assert.deepEqual(at.started.map(({ relayUrls }) => relayUrls), [four.slice(0, 3)]);
});

Deno.test("startRelayCopies() answers `offline` where the worker does not start or dies", async () => {
  const failing = workers(true);
  {
    using copies = startRelayCopies(failing.supervisor);
    const [answer] = await copies.client().write(["wss://a.example"], []);
    assert.deepEqual([answer.state, answer.reason], ["offline", "no permission"]);
    assert.equal(failing.running(), 0);
  }
  const at = workers();
  using copies = startRelayCopies(at.supervisor);
  const written = copies.client().write(["wss://a.example"], []);
  await until(() => at.deaths.length > 0);
  at.deaths[0](new Error("it died"));
  const [answer] = await written;
  assert.deepEqual([answer.state, answer.reason], ["offline", "it died"]);
});
