/** A home that reads a second relay as well as its own, while a third one is dead. */
import assert from "node:assert/strict";
import { type RelayServer, startRelayServer } from "../../network/relay/relay_server.ts";
import { openRelaySession } from "../../peers/relay/open_relay_session.ts";
import { deadUrl } from "../market/bad_relays.ts";
import { parseEvent } from "../../protocols/nostr/event.ts";
import type { Filter } from "../../protocols/nostr/filter.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import { event, json } from "../network/relay/signed_events.ts";
import { devHome, type Document, testHome, until } from "./process.ts";
import { SECOND } from "./second_relay.ts";
import { copier, floodingRelay, hidingRelay } from "./front_relays.ts";

let home: Awaited<ReturnType<typeof devHome>>;
let second: RelayServer;
Deno.test.beforeAll(async () => {
  home = await devHome();
  second = await startRelayServer({ ...SECOND, file: ":memory:" });
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
  // A relay that answers more than a second after another one is not waited for.
  const all = await untilInTime(["provider", "list", ...more], ["answered", "answered", "offline"]);
  const keys = all.providers.map(({ pubkey }: { pubkey: string }) => pubkey);
  assert.deepEqual(
    keys.toSorted(),
    [...own.providers.map(({ pubkey }: { pubkey: string }) => pubkey), mine.pubkey].toSorted(),
  );
  const text = await home.run(["provider", "list", ...more]);
  assert.match(text.stdout, new RegExp(`^${dead} is not in this: offline, `, "m"));
  const submit = ["job", "submit", "echo", "--input", "x", "--provider", mine.pubkey, "--dry-run"];
  const refused = await home.json(submit, { code: 1 });
  assert.equal(refused.error.code, "no_provider");
  const plan = await untilDone([...submit, ...more]);
  assert.equal(plan.provider, mine.pubkey);
});

/** The document of a command that reads several relays, once each of them has answered in time, or is known to be away. */
function untilInTime(args: readonly string[], states: readonly string[]): Promise<Document> {
  return until(`relays that are ${states}`, async () => {
    const document = await home.json(args);
    const found = document.relays.map(({ state }: Document) => state);
    return found.join() === states.join() && document;
  });
}

/** The document of a command that fails as long as a relay is late. */
function untilDone(args: readonly string[]): Promise<Document> {
  return until(args.join(" "), async () => {
    const { code, stdout } = await home.run([...args, "--output", "json"]);
    return code === 0 && JSON.parse(stdout);
  });
}

Deno.test("a job's result that the home's own relay hides comes from a second one, once, also after a restart", async () => {
  using copies = copier(home.network.relay_url, second);
  await using own = hidingRelay(home.network.relay_url);
  const dead = deadUrl();
  const relays = ["--relay", own.url, "--more-relays", `${second.url},${dead}`];
  await home.json(["mayor", "up", "--detach", ...relays]);
  const submit = [
    "job",
    "submit",
    "echo",
    "--input",
    "hello",
    "--wait",
    "--timeout",
    "120",
    ...relays,
  ];
  const job = await home.json(submit);
  assert.equal(job.status, "success");
  await until("both ways of the result", () => Promise.resolve(own.hidden() > 0));
  assert.ok(copies.copied() > 0);
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
  // The next daemon reads an overlap of both relays again, including the hidden result.
  await home.json(["mayor", "up", "--detach", "--more-relays", second.url]);
  const later = await home.json(["job", "submit", "echo", "--input", "again", "--wait"]);
  assert.equal(later.status, "success");
  const { totals } = await home.json(["mayor", "status"]);
  assert.deepEqual(totals.answers ?? {}, {});
  await home.json(["mayor", "down"]);
});

Deno.test("a provider takes a request from a further relay, once, and publishes its list of relays once for each change", async () => {
  await using other = await testHome();
  await Deno.writeTextFile(`${other.path}/crosstown.toml`, "[node]\nprice_units = 0\n");
  const there = (...args: string[]) =>
    home.json([...args, "--network", "dev", "--home", other.path]);
  const more = ["--more-relays", second.url];
  const session = openRelaySession({ url: home.network.relay_url });
  const idsOf = async (filter: Filter) => {
    const limits = { timeoutMs: 120_000, maxEvents: 100, maxBytes: 1_000_000 };
    const { documents } = await session.query([filter], limits);
    return documents.map(({ bytes }) => parseEvent(decodeDocument(bytes).event).id as string);
  };
  let own = "";
  const up = async (...flags: string[]) => {
    own = (await there("node", "up", "--detach", ...flags)).pubkey;
  };
  const down = () => there("node", "down");
  try {
    await up(...more);
    const asked = event({ kind: 5600, tags: [["i", "hello", "text"], ["p", own]] }, 9);
    await second.write(json(asked));
    const results = () => idsOf({ kinds: [6600], "#e": [asked.id] });
    await until("its result", async () => (await results()).length > 0);
    const [list] = await idsOf({ kinds: [10002], authors: [own] });
    const shown = await home.json(["provider", "show", own]);
    assert.deepEqual(shown.relay_list, {
      write: [home.network.relay_url],
      read: [home.network.relay_url, second.url],
    });
    assert.deepEqual(shown.offer.relays, shown.relay_list.read);
    assert.match((await home.run(["provider", "show", own])).stdout, /^writes to +ws:/m);
    await down();
    // The request is read again at the second relay, and the list has not changed: neither is paid for again.
    await up(...more);
    const again = event({ kind: 5600, tags: [["i", "more", "text"], ["p", own]] }, 9);
    await second.write(json(again));
    await until(
      "its result",
      async () => (await idsOf({ kinds: [6600], "#e": [again.id] })).length > 0,
    );
    assert.equal((await results()).length, 1);
    assert.deepEqual(await idsOf({ kinds: [10002], authors: [own] }), [list]);
    await down();
    await up();
    await until("the new list", async () => {
      const [now] = await idsOf({ kinds: [10002], authors: [own] });
      return now !== list;
    });
    const { relay_list } = await home.json(["provider", "show", own]);
    assert.deepEqual(relay_list.read, [home.network.relay_url]);
  } finally {
    session.close();
    await home.run(["node", "down", "--home", other.path]);
  }
});

Deno.test("provider show finds an offer where the provider's own list says that it writes", async () => {
  const nowS = Math.floor(Date.now() / 1_000);
  const [mine, stranger] = [offer(11, "3"), offer(12, "3")];
  const list = event({ kind: 10002, created_at: nowS, tags: [["r", second.url]] }, 11);
  // Addresses that are not encrypted are refused, and so is one with a password.
  const bad = [["r", "ws://relay.example"], ["r", "wss://u:p@relay.example"]];
  const badList = event({ kind: 10002, created_at: nowS, tags: bad }, 12);
  await using third = await startRelayServer({ ...SECOND, file: ":memory:" });
  for (const each of [mine, stranger]) await second.write(json(each));
  for (const each of [list, badList]) await third.write(json(each));
  const more = ["--more-relays", third.url];
  const shown = await untilDone(["provider", "show", mine.pubkey, ...more]);
  assert.deepEqual([shown.pubkey, shown.found_at], [mine.pubkey, [second.url]]);
  const text = await until("the offer as text", async () => {
    const ran = await home.run(["provider", "show", mine.pubkey, ...more]);
    return ran.code === 0 && ran;
  });
  assert.match(text.stdout, new RegExp(`^to buy from it, add --more-relays ${second.url}$`, "m"));
  const none = await home.json(["provider", "show", stranger.pubkey, ...more], { code: 1 });
  assert.equal(none.error.code, "no_provider");
});

Deno.test("jobs come to their results while a further relay floods the daemon", async () => {
  const { pubkey } = await home.json(["mayor", "up", "--detach"]);
  await home.json(["mayor", "down"]);
  await using flood = floodingRelay(pubkey);
  await home.json(["mayor", "up", "--detach", "--more-relays", flood.url]);
  try {
    await until("the flood", () => Promise.resolve(flood.sent() > 5_000));
    for (const input of ["one", "two"]) {
      const job = await home.json(["job", "submit", "echo", "--input", input, "--wait"]);
      assert.equal(job.status, "success");
    }
  } finally {
    await home.json(["mayor", "down"]);
  }
});
