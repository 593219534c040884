import assert from "node:assert/strict";
import { parseEvent } from "../../../protocols/nostr/event.ts";
import { parseIlpPeerInfo } from "../../../protocols/nostr/ilp_peer_info.ts";
import { decodeDocument } from "../../../protocols/toon/decode.ts";
import { ANNOUNCE_REFRESH_MS, startAnnouncer } from "../../../network/connector/announcer.ts";
import { startRelayServer } from "../../../network/relay/relay_server.ts";
import { openRelaySession } from "../../../peers/relay/open_relay_session.ts";
import { makeSigner } from "../../money/signer/fixtures.ts";

const INFO = {
  ilpAddress: "test.dev.relay",
  btpEndpoint: "ws://127.0.0.1:3000",
  assetCode: "M2M",
  assetScale: 6,
};

/** A real relay, a clock that is moved by hand, and timers that run with it. */
async function rig() {
  let nowMs = Date.now();
  const tasks = new Set<{ readonly atMs: number; readonly task: () => void }>();
  const relay = await startRelayServer({
    file: ":memory:",
    write: "ilp",
    clock: () => nowMs,
    identity: {
      name: "test",
      description: "",
      pubkey: "00".repeat(32),
      ilpAddress: INFO.ilpAddress,
      priceUnitsPerByte: 10n,
      asset: { code: "M2M", scale: 6 },
      version: "0",
    },
  });
  const signer = await makeSigner();
  const { pubkey } = await signer.identity();
  const logged: string[] = [];
  const written: number[] = [];
  return {
    relay,
    logged,
    written,
    nowS: () => Math.floor(nowMs / 1_000),
    deps: {
      signer,
      relay: {
        write: async (raw: Uint8Array) => {
          const result = await relay.write(raw);
          written.push(raw.byteLength);
          return result;
        },
      },
      log: (_level: string, message: string) => void logged.push(message),
      timers: {
        now: () => nowMs,
        after(ms: number, task: () => void) {
          const entry = { atMs: nowMs + ms, task };
          tasks.add(entry);
          return () => void tasks.delete(entry);
        },
      },
    },
    tasks,
    pass(ms: number) {
      nowMs += ms;
      for (const entry of tasks) {
        if (entry.atMs > nowMs) continue;
        tasks.delete(entry);
        entry.task();
      }
    },
    /** What a reader finds. */
    async read() {
      using session = openRelaySession({ url: relay.url });
      const { documents } = await session.query([{ kinds: [10_032], authors: [pubkey] }], {
        timeoutMs: 120_000,
        maxEvents: 8,
        maxBytes: 100_000,
      });
      return documents.map(({ bytes }) =>
        parseIlpPeerInfo(parseEvent(decodeDocument(bytes).event))
      );
    },
    async [Symbol.asyncDispose]() {
      await relay.close();
    },
  };
}

Deno.test("startAnnouncer() announces at once, for 600 s, and again every 240 s", async () => {
  await using world = await rig();
  const announcer = await startAnnouncer(INFO, world.deps);
  const [first, ...others] = await world.read();
  assert.deepEqual(others, []);
  assert.equal(first.info?.ilpAddress, INFO.ilpAddress);
  assert.equal(first.expiresAtS, world.nowS() + 600);
  for (let beat = 1; beat <= 3; beat++) {
    world.pass(ANNOUNCE_REFRESH_MS);
    while (world.tasks.size === 0) await new Promise((resolve) => setTimeout(resolve));
    const found = await world.read();
    assert.deepEqual(found.map(({ expiresAtS }) => expiresAtS), [world.nowS() + 600]);
  }
  await announcer.stop();
});

Deno.test("stop() withdraws the announcement, also within the second in which it was made", async () => {
  await using world = await rig();
  const announcer = await startAnnouncer(INFO, world.deps);
  await announcer.stop();
  await announcer.stop();
  assert.deepEqual((await world.read()).map(({ info }) => info), [null]);
  assert.equal(world.tasks.size, 0);
  assert.equal(world.written.length, 2);
});

Deno.test("startAnnouncer() keeps working with a relay that refuses or is down, and logs it", async () => {
  await using world = await rig();
  const broken = {
    ...world.deps,
    relay: { write: () => Promise.reject(new Error("the worker ended")) },
  };
  const announcer = await startAnnouncer(INFO, broken);
  assert.equal(world.tasks.size, 1, "tried again");
  await announcer.stop();
  assert.deepEqual(world.logged, ["could not announce", "could not announce"]);
  const refusing = await startAnnouncer(
    { ...INFO, extra: { big: "x".repeat(70_000) } },
    world.deps,
  );
  await refusing.stop();
  assert.equal(world.logged[2], "the relay refused our announcement");
});
