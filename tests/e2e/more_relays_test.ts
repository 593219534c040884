/** A home that reads a second relay beside its own, with a third one that is dead. */
import assert from "node:assert/strict";
import { type RelayServer, startRelayServer } from "../../network/relay/relay_server.ts";
import { openRelaySession } from "../../peers/relay/open_relay_session.ts";
import { deadUrl } from "../market/bad_relays.ts";
import { event, json } from "../network/relay/signed_events.ts";
import { devHome } from "./process.ts";

let home: Awaited<ReturnType<typeof devHome>>;
let second: RelayServer;
Deno.test.beforeAll(async () => {
  home = await devHome();
  const identity = {
    name: "second",
    description: "",
    pubkey: "a".repeat(64),
    ilpAddress: null,
    priceUnitsPerByte: 0n,
    asset: { code: "M2M", scale: 6 },
    version: "0",
  };
  second = await startRelayServer({ file: ":memory:", identity, write: "ilp" });
});
Deno.test.afterAll(async () => {
  await second?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
});

/** An offer of echo jobs that expires in an hour. */
function offer(author: number, units: string) {
  const nowS = Math.floor(Date.now() / 1_000);
  const tags = [
    ["d", "crosstown"],
    ["k", "5600"],
    ["price", "5600", units, "0", "units"],
    ["ilp", "test.dev.elsewhere"],
    ["platform", "linux/amd64"],
    ["expiration", String(nowS + 3_600)],
  ];
  return event(
    { kind: 31_990, created_at: nowS - 1, tags, content: '{"name":"elsewhere"}' },
    author,
  );
}

Deno.test("provider list reads a second relay, names a dead one, and a job chooses what the second relay offers", async () => {
  const mine = offer(5, "1");
  await second.write(json(mine));
  const dead = deadUrl();
  const more = ["--more-relays", `${second.url},${dead}`];
  const own = await home.json(["provider", "list"]);
  assert.equal(own.relays.length, 1);
  assert.ok(!own.providers.some(({ pubkey }: { pubkey: string }) => pubkey === mine.pubkey));
  const all = await home.json(["provider", "list", ...more]);
  const keys = all.providers.map(({ pubkey }: { pubkey: string }) => pubkey);
  assert.deepEqual(
    keys.toSorted(),
    [...own.providers.map(({ pubkey }: { pubkey: string }) => pubkey), mine.pubkey].toSorted(),
  );
  const states = all.relays.map(({ state }: { state: string }) => state);
  assert.deepEqual([states[0], states[2]], ["answered", "offline"]);
  const text = await home.run(["provider", "list", ...more]);
  assert.match(text.stdout, new RegExp(`^${dead} is not in this: offline, `, "m"));
  const submit = ["job", "submit", "echo", "--input", "x", "--provider", mine.pubkey, "--dry-run"];
  const refused = await home.json(submit, { code: 1 });
  assert.equal(refused.error.code, "no_provider");
  assert.equal((await home.json([...submit, ...more])).provider, mine.pubkey);
});

/** A relay in front of another that passes everything on but results, which it keeps to itself. */
function hidingRelay(
  url: string,
): { readonly url: string; readonly hidden: () => number } & AsyncDisposable {
  const sockets = new Set<WebSocket>();
  let hidden = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    if (request.headers.get("upgrade") !== "websocket") return new Response(null, { status: 404 });
    const { socket, response } = Deno.upgradeWebSocket(request);
    const behind = new WebSocket(url);
    sockets.add(socket).add(behind);
    const waiting: string[] = [];
    behind.onopen = () => waiting.splice(0).forEach((text) => behind.send(text));
    socket.onmessage = ({ data }) => {
      if (behind.readyState === WebSocket.OPEN) behind.send(data);
      else waiting.push(data);
    };
    behind.onmessage = ({ data }) => {
      const isResult = String(data).startsWith('["EVENT"') &&
        /kind"?\\*:\s*6600/.test(String(data));
      if (isResult) hidden++;
      else if (socket.readyState === WebSocket.OPEN) socket.send(data);
    };
    socket.onclose = () => behind.close();
    behind.onclose = () => socket.close();
    return response;
  });
  return {
    url: `ws://127.0.0.1:${server.addr.port}`,
    hidden: () => hidden,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.close();
      await server.shutdown();
    },
  };
}

/** Copies what comes to a relay to another one, until it is disposed. */
function copier(from: string, to: RelayServer): { readonly copied: () => number } & Disposable {
  const session = openRelaySession({ url: from });
  const { deliveries } = session.subscribe([{}]);
  let copied = 0;
  void (async () => {
    for await (const batch of deliveries) {
      for (const delivery of batch) {
        if (delivery.type !== "document") continue;
        await to.write(delivery.bytes);
        copied++;
      }
    }
  })().catch(() => undefined);
  return { copied: () => copied, [Symbol.dispose]: () => session.close() };
}

Deno.test("a job's result that the home's own relay hides comes from a second one, once, also after a restart", async () => {
  using copies = copier(home.network.relay_url, second);
  await using own = hidingRelay(home.network.relay_url);
  const dead = deadUrl();
  const relays = ["--relay", own.url, "--more-relays", `${second.url},${dead}`];
  await home.json(["mayor", "up", "--detach", ...relays]);
  const submit = ["job", "submit", "echo", "--input", "hello", "--wait", ...relays];
  const job = await home.json(submit);
  assert.equal(job.status, "success");
  assert.ok(own.hidden() > 0 && copies.copied() > 0);
  const told = await home.json(["mayor", "status", ...relays]);
  assert.deepEqual(
    told.more_relays.map(({ relay_url, state }: Record<string, string>) => [relay_url, state]),
    [[second.url, "connected"], [dead, "offline"]],
  );
  assert.match(
    (await home.run(["mayor", "status", ...relays])).stdout,
    /^also reads +ws:.* offline since/m,
  );
  const { checks } = await home.json(["doctor", ...relays]);
  assert.deepEqual(
    checks.filter(({ name }: { name: string }) => name === "further relay")
      .map(({ status }: { status: string }) => status),
    ["ok", "warn"],
  );
  await home.json(["mayor", "down", ...relays]);
  // The daemon that comes reads an overlap of both relays again, and the hidden result too.
  await home.json(["mayor", "up", "--detach", "--more-relays", second.url]);
  const later = await home.json(["job", "submit", "echo", "--input", "again", "--wait"]);
  assert.equal(later.status, "success");
  const { totals } = await home.json(["mayor", "status"]);
  assert.deepEqual(totals.answers ?? {}, {});
  await home.json(["mayor", "down"]);
});
