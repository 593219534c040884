/** Our session and our server against each other, over a real socket. */
import { START_FLAGS } from "../../../shell/run_flags.ts";
import assert from "node:assert/strict";
import { type RelayServerOptions, startRelayServer } from "../../../network/relay/relay_server.ts";
import { systemTimers } from "../../../base/timers.ts";
import { encodeToon } from "../../../protocols/toon/encode.ts";
import type { RelaySession } from "../../../peers/relay/relay_session.ts";
import { openRelaySession } from "../../../peers/relay/open_relay_session.ts";
import { identity } from "./served_relay.ts";
import { event, json } from "./signed_events.ts";

const NOW_S = Math.floor(Date.now() / 1_000);
const OPTIONS: RelayServerOptions = {
  file: ":memory:",
  write: "ilp",
  identity,
};
const BOUNDS = { timeoutMs: 120_000, maxEvents: 1_000, maxBytes: 10_000_000 };

async function storedOf(session: RelaySession): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for await (const batch of session.subscribe([{ kinds: [1] }]).deliveries) {
    for (const delivery of batch) {
      if (delivery.type === "eose") return found;
      found.push(delivery.bytes);
    }
  }
  return found;
}

Deno.test("a session reads more stored events than the server gives at once, each once or in the overlap of pages", async () => {
  await using server = await startRelayServer({ ...OPTIONS, limits: { maxLimit: 100 } });
  const events = Array.from(
    { length: 730 },
    (_, n) => event({ created_at: NOW_S - Math.floor(n / 3), content: String(n) }),
  );
  await Promise.all(events.map((each) => server.write(json(each))));
  using session = openRelaySession({ url: server.url });
  const seen = (await storedOf(session)).map((bytes) =>
    JSON.parse(new TextDecoder().decode(bytes)).id
  );
  assert.equal(new Set(seen).size, 730);
  assert.ok(seen.length < 800, `${seen.length} were delivered`);
});

Deno.test("a TOON document goes from a write through the server to the session byte for byte", async () => {
  await using server = await startRelayServer({ ...OPTIONS, delivery: "toon" });
  const raw = encodeToon(
    event({ content: 'a "b"\n\u0001 [2]: x', tags: [["t", "", "1e5"]] }),
    "1.4",
  );
  await server.write(raw);
  using session = openRelaySession({ url: server.url });
  assert.deepEqual(await storedOf(session), [raw]);
});

Deno.test("publish() at a paid server is refused with its words, at a nostr one accepted", async () => {
  const mine = event({ content: "mine" });
  {
    await using server = await startRelayServer(OPTIONS);
    using session = openRelaySession({ url: server.url });
    const { outcome, prefix, message } = await session.publish(mine);
    assert.deepEqual([outcome, prefix], ["refused", "restricted"]);
    assert.equal(message, "restricted: writes require ILP payment");
    assert.equal((await session.information())?.limitation?.payment_required, true);
  }
  await using server = await startRelayServer({ ...OPTIONS, write: "nostr" });
  using session = openRelaySession({ url: server.url });
  assert.equal((await session.publish(mine)).outcome, "accepted");
  assert.equal((await session.publish(mine)).outcome, "duplicate");
  const found = await session.query([{ ids: [mine.id] }], BOUNDS);
  assert.deepEqual([found.ended, found.documents.length], ["eose", 1]);
});

Deno.test("what a server said it stored is there after kill -9", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        ...START_FLAGS,
        "--allow-net=127.0.0.1",
        "--allow-env",
        "--allow-read",
        `--allow-write=${folder}`,
        new URL("./writing_relay.ts", import.meta.url).pathname,
        `${folder}/relay.db`,
      ],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const told: string[] = [];
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      told.push(...lines);
      if (told.length >= 200) break;
    }
    child.kill("SIGKILL");
    await child.status;
    await using server = await startRelayServer({ ...OPTIONS, file: `${folder}/relay.db` });
    assert.ok(server.status().events >= told.length);
    using session = openRelaySession({ url: server.url });
    const ids = new Set(
      (await storedOf(session)).map((bytes) => JSON.parse(new TextDecoder().decode(bytes)).id),
    );
    for (const id of told) assert.ok(ids.has(id), `${id} was told to be stored`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a session compares its clock with the server's, and logs a difference of five seconds", async () => {
  for (const aheadMs of [0, -40_000]) {
    // Clocks that stand still: how long the machine takes to connect does not count.
    const nowMs = Date.now();
    const clock = () => nowMs + aheadMs;
    await using server = await startRelayServer({ ...OPTIONS, clock });
    const lines: string[] = [];
    using session = openRelaySession({
      url: server.url,
      timers: { ...systemTimers, now: () => nowMs },
      log: (level, message, fields) => {
        if (level !== "debug") lines.push(`${level} ${message} ${fields?.reason}`);
      },
    });
    await new Promise<void>((resolve) =>
      session.onStatus(({ state }) => state === "connected" && resolve())
    );
    const { clockOffsetMs } = session.status();
    assert.ok(Math.abs(clockOffsetMs! - aheadMs) < 2_000, `${clockOffsetMs}`);
    assert.equal(lines.length, aheadMs === 0 ? 0 : 1);
    if (aheadMs === 0) continue;
    assert.match(
      lines[0],
      /^warn the clocks differ this machine's clock is (39|40|41) s ahead of that of the relay$/,
    );
  }
});
