/** A daemon's alerts as they arrive: at a webhook, on the desktop, and as a private message. */
import assert from "node:assert/strict";
import { unwrapEvent } from "nostr-tools/nip17";
import { finalizeEvent, generateSecretKey, getPublicKey } from "nostr-tools/pure";
import { devHome, type Document, until } from "./process.ts";

const TOKEN = "s3cr3t-token-of-the-hook";

Deno.test("a mayor alerts by webhook, notify-send and private message, each alert once, and shows the webhook's address nowhere", async () => {
  await using home = await devHome();
  const came: Document[] = [];
  let refused = 1;
  await using hook = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    async (request) => {
      // It is tried again.
      if (refused-- > 0) return new Response(null, { status: 503 });
      assert.equal(new URL(request.url).pathname, `/${TOKEN}`);
      came.push(await request.json());
      return new Response(null, { status: 204 });
    },
  );
  const key = generateSecretKey();
  const operator = getPublicKey(key);
  const absent = "ab".repeat(32);
  await Deno.writeTextFile(
    `${home.path}/crosstown.toml`,
    [
      "[limits]",
      "low_balance_percent = 100",
      "[alerts]",
      `webhook = "http://127.0.0.1:${hook.addr.port}/${TOKEN}"`,
      "desktop = true",
      `nostr = "${operator}"`,
      "offline_s = 1",
      `providers = ["${absent}"]`,
    ].join("\n"),
  );
  // What a desktop would be shown.
  const bin = `${home.path}/bin`;
  await Deno.mkdir(bin);
  const shown = `${home.path}/shown`;
  await Deno.writeTextFile(
    `${bin}/notify-send`,
    `#!/bin/sh\nfor word; do printf '%s\\n' "$word"; done >>${shown}\n`,
    { mode: 0o755 },
  );
  const env = { PATH: `${bin}:${Deno.env.get("PATH")}` };
  await home.json(["mayor", "up", "--detach"], { env });
  await home.json(["job", "submit", "echo", "--input", "hello", "--wait"]);

  const of = (kind: string) => came.filter(({ alert }) => alert === kind);
  const untilCame = (kind: string): Promise<Document> =>
    until(`${kind}, of ${came.map(({ alert }) => alert)}`, () => Promise.resolve(of(kind)[0]));
  const low = await untilCame("low_balance");
  assert.match(low.text, /^ch_[0-9a-f]{8} has 49\.\d+ M2M of 50\.00 M2M left/);
  assert.deepEqual([low.version, low.network, low.mayor], [1, "dev", "mayor-001"]);
  assert.equal((await untilCame("provider_down")).subject, absent);

  // One argument per line, the text last.
  const desktop = await until("the desktop", async () => {
    const words = await Deno.readTextFile(shown).catch(() => "");
    return words.split("\n").length > 5 && words;
  });
  assert.match(desktop, /^--app-name=crosstown\n--urgency=critical\n--\ncrosstown: /);

  // A private message costs a write, and the relay shows it as a gift wrap that only the operator can open.
  const { relay_url } = home.network;
  await until("the private message", async () => {
    const found = await wrapsFor(relay_url, key).catch(() => []);
    const texts = found.map((wrap) => unwrapEvent(wrap as never, key).content);
    return texts.length >= 2 && texts.some((text) => /^crosstown mayor-001 on dev: ch_/.test(text));
  });

  await home.json(["dev", "down"]);
  await untilCame("disconnected");
  await home.json(["mayor", "down"]);
  // Once each, although every look finds them again.
  const subjects = came.map(({ alert, subject }) => `${alert} ${subject}`);
  assert.deepEqual([...new Set(subjects)].length, subjects.length, subjects.join("\n"));

  const log = await Deno.readTextFile(`${home.path}/hooks/mayor-001/crosstown.log`);
  assert.match(log, /msg="alert" alert=low_balance/);
  const settings = await home.run(["config", "--output", "json"]);
  for (const text of [log, settings.stdout, settings.stderr, came.map(({ text }) => text).join()]) {
    assert.ok(!text.includes(TOKEN), text);
  }
});

/** Gift wraps for a key, read by its client: relays show them to nobody else (NIP-42). */
function wrapsFor(relayUrl: string, key: Uint8Array): Promise<unknown[]> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown[]>();
  const found: unknown[] = [];
  const socket = new WebSocket(relayUrl);
  let authenticated = false;
  const end = () => {
    clearTimeout(timer);
    socket.close();
    resolve(found);
  };
  const timer = setTimeout(end, 20_000);
  const ask = () =>
    socket.send(JSON.stringify(["REQ", "w", { kinds: [1059], "#p": [getPublicKey(key)] }]));
  socket.onopen = ask;
  socket.onerror = () => {
    clearTimeout(timer);
    reject(new Error("the relay is away"));
  };
  socket.onmessage = ({ data }) => {
    const [type, first, event] = JSON.parse(data);
    if (type === "AUTH") {
      const tags = [["relay", relayUrl], ["challenge", first]];
      const template = {
        kind: 22242,
        created_at: Math.floor(Date.now() / 1_000),
        tags,
        content: "",
      };
      socket.send(JSON.stringify(["AUTH", finalizeEvent(template, key)]));
    }
    if (type === "OK") {
      authenticated = true;
      ask();
    }
    if (type === "EVENT") found.push(event);
    // What was asked before AUTH is closed or empty.
    if (type === "EOSE" && authenticated) end();
  };
  return promise;
}
