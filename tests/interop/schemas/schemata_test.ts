/** This program's events are checked against schemas of others, and its readers must refuse the samples that those call invalid. */
import assert from "node:assert/strict";
import { RELAY_SERVER_LIMITS } from "../../../network/relay/limits.ts";
import { startRelayServer } from "../../../network/relay/relay_server.ts";
import {
  asEventId,
  type EventTemplate,
  type NostrEvent,
  parseEvent,
} from "../../../protocols/nostr/event.ts";
import { parseAmount } from "../../../protocols/nostr/job_tags.ts";
import {
  encodeMessage,
  parseClientMessage,
  parseRelayMessage,
} from "../../../protocols/nostr/message.ts";
import {
  parseJobFeedback,
  parseJobRequest,
  parseJobResult,
} from "../../../protocols/nostr/nip90.ts";
import { parseAnnouncement } from "../../../market/announcement.ts";
import { announcementTemplate, withdrawalTemplates } from "../../../market/announcement_events.ts";
import { buildJobRequest } from "../../../market/job_request.ts";
import { feedbackTemplate, priceTemplate, resultTemplate } from "../../../market/respond.ts";
import { openRelaySession } from "../../../peers/relay/open_relay_session.ts";
import { BUYER, NOW_S, PROVIDER, signed } from "../../market/market.ts";
import { RelayClient } from "../../network/relay/relay_client.ts";
import { StrfryLike } from "../relay/strfry_like.ts";
import { missingSchemata, samples, validator } from "./schemata.ts";

const missing = await missingSchemata();
const left = missing === null ? "" : ` (left out: ${missing})`;
const ignore = missing !== null;

const SPEC = {
  type: "echo",
  input: null,
  params: [["language", "en"]] as const,
  platform: "linux/amd64",
  tags: ["echo"],
  output: "text/plain",
  bidUnits: 5_000n,
  provider: PROVIDER,
  relays: ["wss://relay.example.com"],
  timeoutS: 300,
};
const request = signed(buildJobRequest(SPEC, BUYER, NOW_S), BUYER);
const respond = {
  nowS: NOW_S,
  provider: PROVIDER,
  amountUnits: 5_000n,
  limitBytes: 65_536,
  freeWrites: true,
};
const announced = {
  prices: [{ kind: 5600, flatUnits: 5_000n, unitsPerKib: 10n }],
  tags: ["echo"],
  platform: "linux/amd64",
  ilpAddress: "g.town.provider",
  name: "Alpha",
  about: "echoes",
};
const outcome = { status: "success", content: "hello", durationMs: 1 } as const;
const [offline, deletion] = withdrawalTemplates(PROVIDER, [5600], NOW_S);
const byProvider = (template: EventTemplate) => signed(template, PROVIDER);

/** Everything that buyer and provider publish, with the schema of its kind. */
const EMITTED: readonly (readonly [name: string, schema: string, event: NostrEvent])[] = [
  ["a request", "nip-90/kind-5000", request],
  ["a result", "nip-90/kind-6000", byProvider(resultTemplate(request, outcome, respond))],
  ...(["processing", "partial", "success", "error"] as const).map((status) =>
    [
      `feedback ${status}`,
      "nip-90/kind-7000",
      byProvider(feedbackTemplate(request, status, { info: "words", code: "busy" }, respond)),
    ] as const
  ),
  [
    "a quote",
    "nip-90/kind-7000",
    byProvider(priceTemplate(request, "g.town.provider", respond)),
  ],
  ["an announcement", "nip-89/kind-31990", byProvider(announcementTemplate(announced, NOW_S))],
  ["a withdrawal", "nip-89/kind-31990", byProvider(offline)],
  ["a deletion", "nip-09/kind-5", byProvider(deletion)],
];

/** A schema names one kind of a range, and NIP-90's amounts are millisats, while ours name their unit. */
function comparable(schema: string, event: NostrEvent): unknown {
  const kind = /kind-(\d+)$/.exec(schema)?.[1];
  const tags = event.tags.map((tag) => tag[0] === "amount" ? tag.slice(0, 2) : tag);
  return { ...event, kind: Number(kind), tags };
}

for (const [name, schema, event] of EMITTED) {
  Deno.test({
    name: `${name} that we publish is what @nostrability/schemata has for ${schema}${left}`,
    ignore,
    async fn() {
      const find = await validator();
      assert.equal(find("nip-01/note", event), null);
      assert.equal(find(schema, comparable(schema, event)), null);
    },
  });
}

Deno.test({
  name: `the proof that we send a relay is what @nostrability/schemata has${left}`,
  ignore,
  async fn() {
    const find = await validator();
    await using relay = await StrfryLike.start({ auth: true });
    using session = openRelaySession({
      url: relay.url,
      signer: {
        identity: () => Promise.resolve({ pubkey: BUYER, paymentAddress: "0x" }),
        signEvents(events) {
          const proofs = events.map((event) => signed(event, BUYER));
          for (const proof of proofs) {
            assert.equal(find("nip-42/kind-22242", proof), null);
            const message = JSON.parse(encodeMessage({ type: "AUTH", event: proof }));
            assert.equal(find("nip-42/messages/client-auth", message), null);
          }
          return Promise.resolve(proofs);
        },
      },
    });
    const bounds = { timeoutMs: 120_000, maxEvents: 1, maxBytes: 1_000 };
    assert.equal((await session.query([{ kinds: [1] }], bounds)).ended, "eose");
    assert.deepEqual(relay.proven, [BUYER]);
  },
});

Deno.test({
  name: `the messages that we send are what @nostrability/schemata has${left}`,
  ignore,
  async fn() {
    const find = await validator();
    const subscription = "s1";
    const eventId = asEventId(request.id);
    const words = { prefix: "none", message: "" } as const;
    const raw = new TextEncoder().encode(JSON.stringify(request));
    for (
      const [schema, message] of [
        ["client-req", encodeMessage({ type: "REQ", subscription, filters: [{ kinds: [1] }] })],
        ["client-close", encodeMessage({ type: "CLOSE", subscription })],
        ["client-event", encodeMessage({ type: "EVENT", event: request })],
        ["relay-event", encodeMessage({ type: "EVENT", subscription, raw, encoding: "json" })],
        ["relay-eose", encodeMessage({ type: "EOSE", subscription })],
        ["relay-ok", encodeMessage({ type: "OK", eventId, accepted: true, ...words })],
        ["relay-notice", encodeMessage({ type: "NOTICE", message: "error: no" })],
        [
          "relay-closed",
          encodeMessage({ type: "CLOSED", subscription, prefix: "error", message: "error: no" }),
        ],
      ] as const
    ) assert.equal(find(`nip-01/messages/${schema}`, JSON.parse(message)), null, schema);
    const challenge = JSON.parse(encodeMessage({ type: "AUTH", challenge: "c" }));
    assert.equal(find("nip-42/messages/relay-auth", challenge), null);
  },
});

/** The function of this program that reads a value of each schema. It throws if it refuses the value. */
const READERS: Readonly<Record<string, (value: never) => unknown>> = {
  "nip-01/note": parseEvent,
  "nip-90/kind-5000": parseJobRequest,
  "nip-90/kind-5300": parseJobRequest,
  "nip-90/kind-6000": parseJobResult,
  "nip-90/kind-6300": parseJobResult,
  "nip-90/kind-7000": parseJobFeedback,
  "nip-90/tag/amount": parseAmount,
  "nip-90/tag/output": (tag: string[]) =>
    parseJobRequest({ kind: 5000, created_at: 1, tags: [tag], content: "" }),
  "nip-89/kind-31990": parseAnnouncement,
  "nip-01/messages/client-req": (value: unknown) => parseClientMessage(JSON.stringify(value)),
  "nip-01/messages/relay-ok": (value: unknown) => parseRelayMessage(JSON.stringify(value)),
};

for (const [schema, reader] of Object.entries(READERS)) {
  Deno.test({
    name: `what @nostrability/schemata holds to be no ${schema} is refused${left}`,
    ignore,
    fn() {
      const bad = samples(schema, "invalid");
      assert.ok(bad.length > 0);
      for (const [name, value] of bad) {
        assert.throws(() => reader(value as never), (error) => error instanceof Error, name);
      }
    },
  });
}

Deno.test({
  name:
    `our relay refuses the deletions and proofs that @nostrability/schemata holds to be none${left}`,
  ignore,
  async fn() {
    await using relay = await startRelayServer({
      file: ":memory:",
      write: "nostr",
      limits: RELAY_SERVER_LIMITS,
      identity: {
        name: "r",
        description: "",
        pubkey: "a".repeat(64),
        ilpAddress: null,
        priceUnitsPerByte: 0n,
        asset: { code: "M2M", scale: 6 },
        version: "0",
      },
    });
    using client = await RelayClient.connect(relay.url);
    for (const name of ["invalid.empty-tags.json", "invalid.missing-e-or-a.json"]) {
      const [, sample] = samples("nip-09/kind-5", "invalid").find(([each]) => each === name)!;
      const { tags, content } = sample as NostrEvent;
      const event = signed({ kind: 5, created_at: NOW_S, tags, content }, BUYER);
      client.send("EVENT", event);
      const [type, id, accepted, words] = await client.next();
      assert.deepEqual([type, id, accepted], ["OK", event.id, false], name);
      assert.match(words, /^invalid: /);
    }
    const [[, sample]] = samples("nip-42/kind-22242", "invalid");
    const proof = signed({ ...(sample as NostrEvent), created_at: NOW_S }, BUYER);
    client.send("AUTH", proof);
    const [type, , accepted] = await client.next();
    assert.deepEqual([type, accepted], ["OK", false]);
  },
});
