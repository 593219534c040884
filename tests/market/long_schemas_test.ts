/** Schemas that are too long for an announcement: real events at real relays. */
import assert from "node:assert/strict";
import { announcementTemplate } from "../../market/announcement_events.ts";
import { schemaTemplate } from "../../market/long_schemas.ts";
import { relayReader } from "../../market/relay_reader.ts";
import { openRelaySession } from "../../peers/relay/open_relay_session.ts";
import { sha256Hex } from "../../protocols/sha256.ts";
import { StrfryLike } from "../interop/relay/strfry_like.ts";
import { event } from "../network/relay/signed_events.ts";

const NOW_S = Math.floor(Date.now() / 1_000);
const LONG = { type: "object", required: ["text"], title: "x".repeat(600) };
const OTHER = { type: "integer", title: "y".repeat(600) };
const TEXT = JSON.stringify(LONG);

function offer(author: number, input: typeof LONG, output: typeof OTHER) {
  const template = announcementTemplate({
    prices: [{ kind: 5650, flatUnits: 1n, unitsPerKib: 0n }],
    tags: [],
    platform: null,
    ilpAddress: "test.provider",
    name: "",
    about: "",
    inputSchemas: [{ kind: 5650, schema: input }],
    outputSchemas: [{ kind: 5650, schema: output }],
  }, NOW_S);
  return event({ ...template, tags: template.tags.map((tag) => [...tag]) }, author);
}

function reader(url: string) {
  const session = openRelaySession({ url });
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  return { ...relayReader(session, { sleep }), [Symbol.dispose]: () => session.close() };
}

Deno.test("announcements() of a kind have their long schemas, which an event of its own has", async () => {
  await using relay = await StrfryLike.start();
  relay.store(offer(1, LONG, OTHER));
  relay.store(event({ ...schemaTemplate(TEXT, NOW_S), tags: [...tagsOf(TEXT)] }, 1));
  using asking = reader(relay.url);
  const [found] = await asking.announcements([5650]);
  assert.deepEqual(found.inputSchemas, [{ kind: 5650, schema: LONG }]);
  // Nobody has the text of the other one.
  const sha256 = sha256Hex(JSON.stringify(OTHER));
  assert.deepEqual(found.outputSchemas, []);
  assert.deepEqual(found.longSchemas, [{ of: "output_schema", kind: 5650, sha256 }]);

  // It comes later; the first one is not asked for again.
  const text = JSON.stringify(OTHER);
  relay.store(event({ ...schemaTemplate(text, NOW_S), tags: [...tagsOf(text)] }, 1));
  const [later] = await asking.announcements([5650]);
  assert.deepEqual(later.outputSchemas, [{ kind: 5650, schema: OTHER }]);
  assert.deepEqual(later.longSchemas, []);
  const asked = relay.requests.flat().filter(({ kinds }) => String(kinds) === "30078");
  assert.deepEqual(asked.map((filter) => (filter["#d"] as string[]).length), [2, 1]);
  // A list of all providers asks for no schema, and neither does another kind.
  await asking.announcements([]);
  await asking.announcements([5600]);
  assert.equal(relay.requests.flat().filter(({ kinds }) => String(kinds) === "30078").length, 2);
});

Deno.test("announcements() take no text for a long schema that has another hash or is no schema", async () => {
  await using relay = await StrfryLike.start();
  const evil = { pattern: "(a+)+$", title: "x".repeat(600) };
  relay.store(offer(1, LONG, evil as unknown as typeof OTHER));
  // Another text under the name, and one that this program does not check.
  relay.store(event({ kind: 30_078, tags: [...tagsOf(TEXT)], content: '{"type":"integer"}' }, 1));
  const text = JSON.stringify(evil);
  relay.store(event({ kind: 30_078, tags: [...tagsOf(text)], content: text }, 1));
  using asking = reader(relay.url);
  const [found] = await asking.announcements([5650]);
  assert.deepEqual([found.inputSchemas, found.outputSchemas], [[], []]);
  assert.equal(found.longSchemas?.length, 2);
});

Deno.test("announcements() have their long schemas although another provider's is too deep to be read", async () => {
  await using relay = await StrfryLike.start();
  relay.store(offer(1, LONG, OTHER));
  relay.store(event({ ...schemaTemplate(TEXT, NOW_S), tags: [...tagsOf(TEXT)] }, 1));
  const deep = "[".repeat(20_000) + "]".repeat(20_000);
  const named = offer(2, LONG, OTHER);
  const tags = named.tags.map(([name, ...rest]) =>
    name === "input_schema" ? [name, "5650", `sha256:${sha256Hex(deep)}`] : [name, ...rest]
  );
  relay.store(event({ kind: named.kind, created_at: NOW_S, content: named.content, tags }, 2));
  // It is newer, so that the relay gives it first.
  relay.store(event({ ...schemaTemplate(deep, NOW_S + 1), tags: [...tagsOf(deep)] }, 2));
  using asking = reader(relay.url);
  const found = await asking.announcements([5650]);
  assert.equal(found.length, 2);
  assert.deepEqual(found.flatMap(({ inputSchemas }) => inputSchemas), [{
    kind: 5650,
    schema: LONG,
  }]);
});

Deno.test("announcements() ask for the first schema of a kind alone, so that no provider fills the question", async () => {
  await using relay = await StrfryLike.start();
  relay.store(offer(1, LONG, OTHER));
  relay.store(event({ ...schemaTemplate(TEXT, NOW_S), tags: [...tagsOf(TEXT)] }, 1));
  const { kind, content, tags } = offer(2, LONG, OTHER);
  const many = Array.from(
    { length: 40 },
    (_, n) => ["input_schema", "5650", `sha256:${sha256Hex(String(n))}`],
  );
  relay.store(
    event(
      { kind, created_at: NOW_S + 1, content, tags: [...tags.map((tag) => [...tag]), ...many] },
      2,
    ),
  );
  using asking = reader(relay.url);
  const found = await asking.announcements([5650]);
  const honest = found.find(({ longSchemas }) => longSchemas?.length === 1);
  assert.deepEqual(honest?.inputSchemas, [{ kind: 5650, schema: LONG }]);
});

/** An offer of another provider for this price, with a long schema of its own. */
function named(author: number, flatUnits: string, title: string) {
  const schema = { type: "object", required: ["text"], title: title.repeat(600) };
  const { kind, content, tags } = offer(author, schema, OTHER);
  const priced = tags.map(([name, ...rest]) =>
    name === "price" ? [name, rest[0], flatUnits, ...rest.slice(2)] : [name, ...rest]
  );
  const offered = event({ kind, created_at: NOW_S, content, tags: priced }, author);
  const text = JSON.stringify(schema);
  return {
    offered,
    text,
    written: event({ ...schemaTemplate(text, NOW_S), tags: tagsOf(text) }, author),
  };
}

Deno.test("announcements() ask each author on its own, so that events under others' names fill no answer", async () => {
  await using relay = await StrfryLike.start();
  const honest = named(1, "5", "a");
  const crowd = named(2, "1", "b");
  for (const { offered, written } of [honest, crowd]) {
    relay.store(offered);
    relay.store(written);
  }
  // The second author also writes under the name of the first one's schema, later.
  relay.store(
    event(
      { ...schemaTemplate(honest.text, NOW_S + 9), tags: tagsOf(honest.text), content: "{}" },
      2,
    ),
  );
  using asking = reader(relay.url);
  const found = await asking.announcements([5650]);
  assert.equal(found.flatMap(({ inputSchemas = [] }) => inputSchemas).length, 2);
  const [filters] = relay.requests.filter(([{ kinds }]) => String(kinds) === "30078");
  assert.deepEqual(filters.map(({ authors, limit }) => [authors, limit]), [
    [[crowd.offered.pubkey], 2],
    [[honest.offered.pubkey], 2],
  ]);
});

Deno.test("announcements() ask for the schemas of known providers first, then of the cheapest, of 32 in all", async () => {
  await using relay = await StrfryLike.start();
  const known = named(1, "900", "a");
  const cheap = named(2, "1", "b");
  const dear = named(3, "800", "c");
  for (const { offered, written } of [known, cheap, dear]) {
    relay.store(offered);
    relay.store(written);
  }
  for (let author = 4; author < 36; author++) relay.store(named(author, "2", "d").offered);
  using asking = reader(relay.url);
  const found = await asking.announcements([5650], null, [known.offered.pubkey]);
  const has = ({ offered }: typeof known) =>
    found.find(({ pubkey }) => pubkey === offered.pubkey)?.inputSchemas?.length;
  assert.deepEqual([has(known), has(cheap), has(dear)], [1, 1, 0]);
  const asked = relay.requests.filter(([{ kinds }]) => String(kinds) === "30078");
  assert.deepEqual(asked.map((filters) => filters.length), [8, 8, 8, 8]);
});

function tagsOf(text: string): string[][] {
  return [["d", `crosstown:schema:${sha256Hex(text)}`]];
}
