/** Announcements from several real relays, some of which are dead, silent, slow or lie. */
import assert from "node:assert/strict";
import { openRelaySession } from "../../peers/relay/open_relay_session.ts";
import { type RelayReader, relayReader } from "../../market/relay_reader.ts";
import { RelayReaderError } from "../../market/relay_questions.ts";
import { type RelayServer, startRelayServer } from "../../network/relay/relay_server.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { event, json } from "../network/relay/signed_events.ts";
import { until } from "../until.ts";
import { PLAIN_IDENTITY } from "../network/relay/plain_identity.ts";
import { deadUrl, startSilentRelay } from "./bad_relays.ts";

const NOW_S = Math.floor(Date.now() / 1_000);

function startRelay(): Promise<RelayServer> {
  return startRelayServer({ file: ":memory:", identity: PLAIN_IDENTITY, write: "ilp" });
}

function offer(author: number, price: string, ageS = 10): NostrEvent {
  const tags = [["d", "crosstown"], ["k", "5600"], ["price", "5600", price, "0", "units"]];
  return event({ kind: 31_990, created_at: NOW_S - ageS, tags }, author);
}

/** A reader of these relays, the first of which is its own. Its disposal closes its sessions. */
function readerOf(urls: readonly string[]): RelayReader & Disposable {
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const [own, ...further] = urls.map((url) => openRelaySession({ url }));
  const reader = relayReader(own!, { sleep }, further);
  return {
    ...reader,
    [Symbol.dispose]: () => [own!, ...further].forEach((session) => session.close()),
  };
}

/** Asks until every relay answered in time: a busy machine may make one of them late. */
async function heardOfAll(reader: RelayReader, provider: string | null = null) {
  let heard: Awaited<ReturnType<RelayReader["announcements"]>> = [];
  await until(async () => {
    heard = await reader.announcements([5600], provider);
    return (await reader.answers()).every(({ state }) => state === "answered");
  }, 60_000);
  return heard;
}

/** None where a busy machine made every relay late. */
const heardInTime = (reader: RelayReader): Promise<Heard> =>
  reader.announcements([5600]).catch((error) => {
    if (!(error instanceof RelayReaderError)) throw error;
    return [];
  });

type Heard = Awaited<ReturnType<RelayReader["announcements"]>>;
const pricesOf = (heard: Heard) =>
  Object.fromEntries(heard.map(({ pubkey, prices }) => [pubkey, prices[0]!.flatUnits]));

Deno.test("announcements() of two relays are joined: each provider once, with its newest offer wherever that is", async () => {
  await using one = await startRelay();
  await using two = await startRelay();
  const [both, early, late] = [offer(1, "10"), offer(2, "20", 90), offer(2, "21", 30)];
  const alone = offer(3, "30");
  for (const each of [both, late]) await one.write(json(each));
  for (const each of [both, early, alone]) await two.write(json(each));
  using reader = readerOf([one.url, two.url]);
  assert.deepEqual(pricesOf(await heardOfAll(reader)), {
    [both.pubkey]: 10n,
    [late.pubkey]: 21n,
    [alone.pubkey]: 30n,
  });
});

Deno.test("announcements() arrive although a further relay is dead and another never answers, which is reported", async () => {
  await using good = await startRelay();
  await using silent = startSilentRelay();
  const dead = deadUrl();
  const mine = offer(1, "10");
  await good.write(json(mine));
  using reader = readerOf([good.url, dead, silent.url]);
  let heard: Heard = [];
  let answers: Awaited<ReturnType<RelayReader["answers"]>> = [];
  // A busy machine may hear late that nobody listens.
  await until(async () => {
    heard = await heardInTime(reader);
    answers = await reader.answers();
    return answers[0]!.state === "answered" && answers[1]!.state === "offline";
  });
  assert.deepEqual(pricesOf(heard), { [mine.pubkey]: 10n });
  assert.deepEqual(answers.map(({ relayUrl }) => new URL(relayUrl).port), [
    new URL(good.url).port,
    new URL(dead).port,
    new URL(silent.url).port,
  ]);
  assert.equal(answers[0]!.state, "answered");
  assert.equal(answers[1]!.state, "offline");
  assert.notEqual(answers[2]!.state, "answered");
});

Deno.test("announcements() arrive from a further relay while the home's own is dead", async () => {
  await using good = await startRelay();
  const mine = offer(1, "10");
  await good.write(json(mine));
  using reader = readerOf([deadUrl(), good.url]);
  let heard: Heard = [];
  await until(async () => (heard = await heardInTime(reader)).length > 0);
  assert.deepEqual(pricesOf(heard), { [mine.pubkey]: 10n });
  // What it does not show was not written there: no other relay can say so.
  await assert.rejects(reader.reach(), { code: "offline" });
});

Deno.test("announcements() of a relay that lies change nothing: forged, changed, of another kind, not asked for", async () => {
  await using good = await startRelay();
  const mine = offer(1, "10");
  await good.write(json(mine));
  const cheaper = { ...mine, created_at: NOW_S, tags: offer(1, "1").tags };
  // Signed by the provider, newer, at the same place, and no announcement.
  const other = event({ kind: 30_023, created_at: NOW_S, tags: [["d", "crosstown"]] }, 1);
  await using liar = startSilentRelay([cheaper, other, offer(7, "7")]);
  using reader = readerOf([good.url, liar.url]);
  const heard = await heardOfAll(reader, mine.pubkey);
  assert.deepEqual(heard.map(({ prices }) => prices[0]!.flatUnits), [10n]);
});

Deno.test("announcements() fail as the home's own relay does when no relay answers", async () => {
  using reader = readerOf([deadUrl(), deadUrl()]);
  await assert.rejects(reader.announcements([5600]), { code: "offline" });
});

Deno.test("relayList() gives the newest list of a key over all relays, and no one else's", async () => {
  await using one = await startRelay();
  const own = event({ kind: 10_002, tags: [["r", "wss://old.example"]], created_at: NOW_S - 9 });
  await one.write(json(own));
  const newer = event({
    kind: 10_002,
    tags: [["r", "wss://new.example"], ["r", "ws://far.example"]],
    created_at: NOW_S - 5,
  });
  const foreign = event({ kind: 10_002, tags: [["r", "wss://evil.example"]] }, 2);
  await using two = startSilentRelay([foreign, { ...newer, created_at: NOW_S }, newer]);
  using reader = readerOf([one.url, two.url]);
  let list: Awaited<ReturnType<RelayReader["relayList"]>> = null;
  await until(async () => {
    list = await reader.relayList(own.pubkey);
    return list?.read[0] === "wss://new.example";
  }, 60_000);
  assert.deepEqual(list, { read: ["wss://new.example"], write: ["wss://new.example"] });
  assert.equal(await reader.relayList("f".repeat(64)), null);
});

Deno.test("messageRelays() prefers the list for messages, and names few relays, to none of which a stranger may not lead this home", async () => {
  await using one = await startRelay();
  const lists = [
    event({ kind: 10_002, tags: [["r", "wss://read.example"], ["r", "wss://w.example", "write"]] }),
    event({ kind: 10_002, tags: [["r", "wss://read.example"]] }, 2),
    event({
      kind: 10_050,
      tags: [
        ...[
          "wss://10.0.0.1",
          "ws://far.example",
          "wss://u:p@far.example",
          "no url",
          "wss://*.example",
        ],
        ...[one.url, ...Array.from({ length: 100 }, (_, n) => `wss://r${n}.example`)],
      ].map((url) => ["relay", url]),
    }, 2),
    event({ kind: 10_050, tags: [] }, 3),
  ];
  for (const each of lists) await one.write(json(each));
  using reader = readerOf([one.url]);
  const [general, both, none] = lists.filter((_, at) => at !== 1).map(({ pubkey }) => pubkey);
  assert.deepEqual(await reader.messageRelays(general), {
    kind: 10_002,
    named: ["wss://read.example"],
    own: false,
    others: ["wss://read.example"],
  });
  const found = await reader.messageRelays(both);
  assert.deepEqual([found?.kind, found?.own, found?.named.length], [10_050, true, 16]);
  assert.deepEqual(found?.others, [0, 1, 2].map((n) => `wss://r${n}.example`));
  assert.deepEqual(await reader.messageRelays(none), {
    ...{ kind: 10_050, named: [], own: false, others: [] },
  });
  assert.equal(await reader.messageRelays("f".repeat(64)), null);
});

Deno.test("inbox() remembers the relays of an offer whose relay does not answer any more", async () => {
  const relay = await startRelay();
  await using own = await startRelay();
  const tags = [["d", "crosstown"], ["k", "5600"], ["relay", "wss://offered.example"]];
  const offered = event({ kind: 31_990, tags }, 7);
  await relay.write(json(offered));
  using reader = readerOf([own.url, relay.url]);
  try {
    await until(async () => (await reader.announcements([5600])).length > 0);
  } finally {
    await relay[Symbol.asyncDispose]();
  }
  assert.deepEqual(await reader.inbox(offered.pubkey, []), ["wss://offered.example"]);
});

Deno.test("inbox() gives few relays at which a key reads: those that it names, else those of its list, else those of its offer", async () => {
  await using one = await startRelay();
  const tags = (urls: readonly string[]) => urls.map((url) => ["r", url]);
  const offered = [["d", "crosstown"], ["k", "5600"], ["price", "5600", "0", "0", "units"]];
  const bad = ["wss://10.0.0.1", "ws://far.example", "wss://u:p@far.example", "wss://*.example"];
  const many = Array.from({ length: 40 }, (_, n) => `wss://r${n}.example`);
  const events = [
    event({ kind: 10_002, tags: tags([...bad, ...many]) }, 1),
    event({ kind: 31_990, tags: [...offered, ["relay", "wss://offered.example"]] }, 1),
    event({ kind: 31_990, tags: [...offered, ["relay", "wss://offered.example"]] }, 2),
    event({ kind: 10_002, tags: tags(["wss://x.example", one.url]) }, 3),
  ];
  for (const each of events) await one.write(json(each));
  using reader = readerOf([one.url]);
  const [listed, , offers, here] = events.map(({ pubkey }) => pubkey);
  const inbox = (pubkey: string, named: readonly string[] = []) => reader.inbox(pubkey, named);
  assert.deepEqual(await inbox(listed), many.slice(0, 3));
  assert.deepEqual(await inbox(offers), ["wss://offered.example"]);
  assert.deepEqual(await inbox(listed, ["no url", "wss://named.example"]), ["wss://named.example"]);
  assert.deepEqual(await inbox(listed, bad), []);
  assert.deepEqual(await inbox("f".repeat(64)), []);
  // Of these, only the second is one that this home reads.
  await using two = await startRelay();
  using both = readerOf([one.url, two.url]);
  assert.deepEqual(await both.inbox(listed, ["wss://named.example", two.url], true), [two.url]);
  assert.deepEqual(await both.inbox(listed, ["wss://named.example"], true), []);
  assert.deepEqual(await reader.inbox(listed, [two.url], true), []);
  // What is written to the home's own relay is read there.
  assert.deepEqual(await inbox(here), []);
  assert.deepEqual(await inbox(listed, ["wss://named.example", one.url]), []);
});

Deno.test("answered() asks every relay, and names those that do not tell", async () => {
  await using own = await startRelay();
  await using other = await startRelay();
  const dead = deadUrl();
  const asked = "a".repeat(64);
  const told = event({ kind: 7000, created_at: NOW_S, tags: [["e", asked]] }, 1);
  const foreign = event({ kind: 7000, created_at: NOW_S, tags: [["e", asked]] }, 2);
  await other.write(json(told));
  await own.write(json(foreign));
  using reader = readerOf([own.url, other.url, dead]);
  /** A busy machine may make a relay late. */
  const untilOnly = async (away: readonly string[], eventId: string | null, author: string) => {
    let found = false;
    await until(async () => {
      const answer = await reader.answered(eventId, author);
      found = answer.found;
      return answer.away.join() === away.join();
    });
    return found;
  };
  assert.equal(await untilOnly([dead], asked, told.pubkey), true);
  assert.equal(await untilOnly([dead], "b".repeat(64), told.pubkey), false);
  assert.equal(await untilOnly([dead], null, told.pubkey), false);
  await own[Symbol.asyncDispose]();
  assert.equal((await reader.answered(asked, told.pubkey)).found, true);
  await assert.rejects(reader.answered("b".repeat(64), told.pubkey), { code: "offline" });
});
