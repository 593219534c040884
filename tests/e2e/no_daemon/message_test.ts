/** Private messages between towns, read and written by nostr-tools too. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { generateSecretKey, getPublicKey } from "nostr-tools/pure";
import { npubEncode, nsecEncode } from "nostr-tools/nip19";
import { unwrapEvent, wrapEvent } from "nostr-tools/nip17";
import { devLayout, devProviders } from "../../../network/dev/layout.ts";
import { startRelayServer } from "../../../network/relay/relay_server.ts";
import { type NostrEvent, parseEvent } from "../../../protocols/nostr/event.ts";
import { decodeDocument } from "../../../protocols/toon/decode.ts";
import { json } from "../../network/relay/signed_events.ts";
import { faultsOf } from "../../commands/json_schemas.ts";
import { type Document, until } from "../process.ts";
import { SECOND } from "../second_relay.ts";
import { home } from "./no_daemon.ts";

const SECRET = generateSecretKey();
const READER = getPublicKey(SECRET);

/** The home's own key. */
const ownKey = async (): Promise<string> => (await home.json(["wallet", "whoami"])).pubkey;

/** All events at the dev network's relay, as text. */
function stored(): { kind: number; text: string }[] {
  using db = new DatabaseSync(`${devLayout(home.path).folder}/relay/relay.db`, { readOnly: true });
  return db.prepare("SELECT * FROM events").all().map((row) => ({
    kind: Number(row.kind),
    text: Object.values(row).map((value) =>
      value instanceof Uint8Array ? new TextDecoder("latin1").decode(value) : String(value)
    ).join(" "),
  }));
}

/** The wraps, and the lists of where their readers read: all that messages write. Providers write other events at any time. */
const written = () => stored().filter(({ kind }) => kind === 1_059 || kind === 10_050);

/** The gift wraps for the reader that the relay has. */
function wrapsFor(key: string): NostrEvent[] {
  using db = new DatabaseSync(`${devLayout(home.path).folder}/relay/relay.db`, { readOnly: true });
  return db.prepare("SELECT * FROM events WHERE kind = 1059").all()
    .flatMap((row) => Object.values(row))
    .flatMap((value) => {
      try {
        return value instanceof Uint8Array ? [parseEvent(decodeDocument(value).event)] : [];
      } catch {
        // An id or a key.
        return [];
      }
    })
    .filter(({ tags }) => tags.some(([name, reader]) => name === "p" && reader === key));
}

Deno.test("message send --dry-run says what the write costs and writes nothing", async () => {
  const before = written().length;
  const plan = await home.json([
    "message",
    "send",
    npubEncode(READER),
    "hi",
    "--copy",
    "--dry-run",
  ]);
  assert.deepEqual(faultsOf("message-plan", plan), []);
  assert.deepEqual([plan.to, plan.writes], [READER, 2]);
  assert.ok(BigInt(plan.write_units) > 0n);
  assert.equal(written().length, before);
});

Deno.test("message send: nostr-tools opens it, the relay holds neither text nor author, and the copy is listed", async () => {
  const own = await ownKey();
  // A home publishes this list with its first message, which another test may have sent.
  const lists = () => stored().filter(({ kind, text }) => kind === 10_050 && text.includes(own));
  const listed = lists().length;
  const args = ["message", "send", npubEncode(READER), "attack at dawn-xyzzy\nwith ü", "--copy"];
  const sent = await home.json([...args, "--subject", "plugh plans"]);
  assert.deepEqual(faultsOf("message", sent), []);
  // The message, its copy, and this home's list of relays.
  assert.deepEqual([sent.to, sent.state, sent.listed], [READER, "sent", false]);
  assert.equal(sent.writes, 3 - listed);
  assert.deepEqual(sent.relays, [
    { relay_url: home.network.relay_url, state: "sent", reason: null },
  ]);
  const events = stored();
  assert.ok(events.every(({ text }) => !/xyzzy|plugh/.test(text)));
  const about = events.filter(({ kind, text }) => kind === 1059 && text.includes(READER));
  assert.equal(about.length, 1);
  assert.ok(about.every(({ text }) => !text.includes(own)), "the author is hidden");
  const [wrap] = wrapsFor(READER);
  const message = unwrapEvent(wrap as never, SECRET);
  assert.deepEqual([message.kind, message.pubkey, message.id], [14, own, sent.message_id]);
  assert.equal(message.content, "attack at dawn-xyzzy\nwith ü");
  assert.deepEqual(message.tags, [["p", READER], ["subject", "plugh plans"]]);
  const list = await home.json(["message", "list"]);
  assert.deepEqual(faultsOf("message-list", list), []);
  const copy = list.messages.find(({ message_id }: Document) => message_id === sent.message_id);
  assert.deepEqual(
    [copy.message_id, copy.sent, copy.from, copy.to, copy.subject],
    [sent.message_id, true, own, [READER], "plugh plans"],
  );
  // The list of relays is published once.
  const again = await home.json(["message", "send", READER, "again"]);
  assert.equal(again.writes, 1);
  assert.equal(lists().length, 1);
});

Deno.test("message list opens what nostr-tools wrapped, of further relays too, and prints it without control characters", async () => {
  const own = await ownKey();
  await using second = await startRelayServer({ file: ":memory:", ...SECOND });
  const wrap = wrapEvent(
    SECRET,
    { publicKey: own },
    "hello\u001b[2J\nsecond line",
    "from outside",
    { eventId: "e".repeat(64) },
  );
  await second.write(json(wrap as never));
  // A wrap that is not for this home, and one that is none.
  const foreign = wrapEvent(SECRET, { publicKey: READER }, "not yours");
  await second.write(json(foreign as never));
  const more = ["--more-relays", second.url, "--from", READER];
  // A relay that answers more than a second after another one is not waited for.
  const { messages } = await until("the second relay in time", async () => {
    const list: Document = await home.json(["message", "list", ...more]);
    return list.messages.length > 0 && list;
  });
  assert.equal(messages.length, 1);
  const [{ from, subject, text, reply_to, sent }] = messages;
  assert.deepEqual([from, subject, text, reply_to, sent], [
    READER,
    "from outside",
    "hello\u001b[2J\nsecond line",
    "e".repeat(64),
    false,
  ]);
  const { stdout, code } = await until("the same as text", async () => {
    const ran = await home.run(["message", "list", ...more]);
    return (ran.code !== 0 || ran.stdout.includes("hello")) && ran;
  });
  assert.equal(code, 0);
  assert.match(stdout, /hello\\u001b\[2J\n {2}second line/);
  assert.ok(!stdout.includes("\u001b"));
});

Deno.test("message send and list between two towns, also beside a provider's daemon", async () => {
  const own = await ownKey();
  const [{ home: providerHome }] = devProviders(devLayout(home.path), 1);
  const { pubkey }: Document = await home.json(["node", "status", "--home", providerHome]);
  const sent = await home.json(["message", "send", pubkey, "are you there?"]);
  const asked = await home.json(["message", "list", "--home", providerHome]);
  assert.deepEqual(
    asked.messages.map(({ message_id, from }: Document) => [message_id, from]),
    [[sent.message_id, own]],
  );
  // A text may be longer than the other fields of a request to a daemon.
  const long = `yes${", very much so".repeat(200)}`;
  const answered = await home.json(
    [...["message", "send", own, long, "--reply", sent.message_id], "--home", providerHome],
  );
  // This home published where it reads messages.
  assert.equal(answered.listed, true);
  const { messages } = await home.json(["message", "list", "--from", pubkey]);
  assert.deepEqual(
    messages.map(({ text, reply_to }: Document) => [text, reply_to]),
    [[long, sent.message_id]],
  );
});

Deno.test("message send refuses a part of a key, no text, and too much", async () => {
  for (
    const [args, code, exit] of [
      [[READER.slice(0, 12), "x"], "usage", 2],
      [[nsecEncode(SECRET), "x"], "usage", 2],
      [[READER, "  "], "bad_input", 2],
      [[READER, "x".repeat(60_000)], "too_large", 1],
      [[READER, "x", "--reply", "abc"], "usage", 2],
    ] as const
  ) {
    const { code: exited, stdout } = await home.run(
      ["message", "send", ...args, "--output", "json"],
    );
    const { error } = JSON.parse(stdout);
    assert.deepEqual([error.code, exited], [code, exit], args.join(" ").slice(0, 80));
    assert.ok(!stdout.includes(nsecEncode(SECRET)), "a secret key is not repeated");
  }
});
