/** Reviews with receipts over the real network: what a reader counts of a buyer's review, and of those who copy its receipt. */
import assert from "node:assert/strict";
import { parse, stringify } from "smol-toml";
import { type RelayServer, startRelayServer } from "../../network/relay/relay_server.ts";
import { type NostrEvent, parseEvent } from "../../protocols/nostr/event.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import { event, json } from "../network/relay/signed_events.ts";
import { devHome, type Document, run, type TestHome, testHome, until } from "./process.ts";
import { SECOND } from "./second_relay.ts";

/** Keys of this test: whose follows count, and who copies a receipt. */
const [ROOT, COPIER] = [21, 22];

let home: Awaited<ReturnType<typeof devHome>>;
let reader: TestHome;
let second: RelayServer;

Deno.test.beforeAll(async () => {
  home = await devHome();
  reader = await onTheNetwork(home.path);
  // Anybody may write there.
  second = await startRelayServer({ ...SECOND, file: ":memory:" });
});
Deno.test.afterAll(async () => {
  await second?.[Symbol.asyncDispose]();
  await reader?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
});

/** A home without jobs that knows the network as its own one. */
async function onTheNetwork(hub: string): Promise<TestHome> {
  const at = await testHome();
  await Deno.writeTextFile(`${at.path}/pass`, "a passphrase of the test\n", { mode: 0o600 });
  await at.json(["wallet", "init", "--passphrase-file", `${at.path}/pass`]);
  const { pubkey, address } = await at.json(["wallet", "whoami"]);
  const { code, stdout, stderr } = await run(["join", hub, pubkey, address.toLowerCase()], {
    program: "tests/e2e/side_connector.ts",
    timeoutMs: 120_000,
  });
  assert.equal(code, 0, stderr);
  const { name: _, ...table } = parse(stdout);
  await Deno.writeTextFile(
    `${at.path}/crosstown.toml`,
    stringify({ network: "club", networks: { club: table } }),
    { mode: 0o600 },
  );
  return at;
}

/** An event, as anybody reads it from a relay. */
async function firstEvent(url: string, id: string): Promise<NostrEvent> {
  const socket = new WebSocket(url);
  const found = Promise.withResolvers<NostrEvent>();
  socket.onerror = () => found.reject(new Error(`${url} cannot be read`));
  socket.onopen = () => socket.send(JSON.stringify(["REQ", "one", { ids: [id] }]));
  socket.onmessage = ({ data }) => {
    const [type, , told] = JSON.parse(data);
    if (type !== "EVENT") return;
    const bytes = new TextEncoder().encode(typeof told === "string" ? told : JSON.stringify(told));
    found.resolve(parseEvent(decodeDocument(bytes).event));
  };
  try {
    return await found.promise;
  } finally {
    socket.close();
  }
}

const signed = (author: number, kind: number, tags: string[][]): NostrEvent =>
  event({ kind, created_at: Math.floor(Date.now() / 1_000), tags, content: "" }, author);

Deno.test("a receipt in a published review counts only for the buyer that paid; a copy by another key counts as no payment", async () => {
  await home.json(["config", "set", "trust.publish", "true"]);
  await home.json(["mayor", "up", "--detach"]);
  const job: Document = await home.json(["job", "submit", "echo", "--input", "hi", "--wait"]);
  assert.notEqual(job.payment.quote_id, null);
  const { pubkey: buyer } = await home.json(["wallet", "whoami"]);

  const copier = signed(COPIER, 1, []).pubkey;
  const follows = signed(ROOT, 3, [["p", buyer], ["p", copier], ["p", job.provider]]);
  await second.write(json(follows));
  await reader.json(["config", "set", "trust.root", follows.pubkey]);
  const trust = (): Promise<Document> =>
    reader.json(["provider", "trust", job.provider, "--more-relays", second.url]);
  const published: Document = await until("the review", async () => {
    const { reviews } = await trust();
    return reviews.length === 1 && reviews[0];
  });
  assert.deepEqual(
    [published.reviewer, published.went, String(published.paid_units)],
    [buyer, "well", job.paid.job_units],
  );
  assert.ok(published.weight > 0.49, `${published.weight}`);

  const { tags } = await firstEvent(home.network.relay_url, published.event_id);
  const failure = tags.map((tag) => [...tag]).map((tag) =>
    tag[0] === "l" ? ["l", "failure", tag[2]] : tag
  );
  const elsewhere = failure.map((tag) => tag[0] === "e" ? ["e", "c".repeat(64)] : tag);
  await second.write(json(signed(COPIER, 1985, failure)));
  await second.write(json(signed(COPIER, 1985, elsewhere)));
  const after: Document = await until("the copies", async () => {
    const found = await trust();
    return found.reviews.length === 3 && found;
  });
  const copies = after.reviews.filter(({ reviewer }: Document) => reviewer === copier);
  assert.deepEqual(copies.map(({ paid_units }: Document) => paid_units), [null, null]);
  for (const { weight } of copies) assert.ok(weight <= 0.125, `${weight}`);
});
