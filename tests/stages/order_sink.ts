/** An order of a sealed result's key, at a prepareSink() whose connector gives the answers of a test. */
import { sha256 } from "@noble/hashes/sha2.js";
import { openResult } from "../../market/open_result.ts";
import type { PacketOutcome } from "../../peers/connector/connector_client.ts";
import { deliveryOrder, sealResult } from "../../protocols/nostr/sealed_result.ts";
import { definition } from "../../stages/prepare_sink_definition.ts";
import type { Item } from "../../stages/stage.ts";
import type { SealedRow } from "../../store/sealed_row.ts";
import { BUYER, NOW_S, PROVIDER, signed } from "../market/market.ts";
import { job } from "../store/store_rows.ts";
import { addRow, orderItem, type Surroundings } from "./surroundings.ts";

/** The key that opens the result. */
export const KEY = new Uint8Array(32).fill(7);
/** The job whose result is sealed. */
export const JOB = job({
  kind: 5600,
  type: "echo",
  buyer: BUYER,
  provider: PROVIDER,
  status: "processing",
  jobPaid: true,
  amountUnits: 20_000n,
  callbackSkill: "teller",
  createdAtMs: 1_770_000_000_000,
  updatedAtMs: 1_770_000_000_000,
});

/** A sealed result of the provider, as its skill would have it. */
export function sealedResult(
  content: string,
  tags: readonly (readonly string[])[] = [["amount", "5000", "units"]],
  sealedWith = KEY,
) {
  const random = { salt: new Uint8Array(32), nonce: new Uint8Array(12) };
  const made = sealResult({ content, tags: [["exit_code", "0"]] }, sealedWith, random);
  const own = made.tags.map((tag) =>
    tag[0] === "condition" ? ["condition", sha256(KEY).toHex()] : tag
  );
  return signed({
    kind: JOB.kind + 1_000,
    created_at: NOW_S,
    tags: [["e", JOB.eventId], ["p", BUYER], ...tags, ...own],
    content: made.content,
  }, PROVIDER);
}

/** An event as it travels. */
export const bytesOf = (event: unknown) => new TextEncoder().encode(JSON.stringify(event));

/** Orders a key at a sink whose connector gives this answer. */
export async function ordered(
  at: Surroundings,
  outcome: () => PacketOutcome,
  result = sealedResult("forty-two"),
  more: Partial<typeof JOB> = {},
  orderedKey = KEY,
  times = 1,
  free: () => PacketOutcome = () => declined("F04"),
  isLate = false,
) {
  const row: SealedRow = {
    eventId: JOB.eventId,
    role: "buyer",
    party: PROVIDER,
    condition: sha256(KEY).toHex(),
    restUnits: 5_000n,
    result: bytesOf(result),
    state: "waiting",
    key: null,
    atMs: at.nowMs,
    dueAtMs: at.nowMs,
  };
  await at.store.commit([{ op: "putJob", row: { ...JOB, ...more } }, { op: "putSealed", row }]);
  const outboxId = await addRow(at.store, {
    jobId: JOB.jobId,
    purpose: "job",
    amountUnits: 5_000n,
  });
  const order = signed(
    deliveryOrder(
      { requestId: JOB.eventId, provider: PROVIDER, condition: sha256(orderedKey).toHex() },
      NOW_S,
      { isLate },
    ),
    BUYER,
  );
  const paid: { readonly obligation: string; readonly amount: bigint; readonly key: string }[] = [];
  const asked: { readonly destination: string; readonly data: Uint8Array; readonly key: string }[] =
    [];
  const stream = await definition.create({ write: "ilp", wire: "interledger" }, {
    store: at.store,
    signer: { packetFulfilments: () => Promise.reject(new Error("the condition is the quote's")) },
    connector: {
      pay({ obligation, amount, condition }) {
        paid.push({ obligation, amount, key: condition.toHex() });
        return Promise.resolve(outcome());
      },
      sendFree({ destination, data, condition }) {
        asked.push({ destination, data, key: condition.toHex() });
        return Promise.resolve(free());
      },
    },
    relayReader: {
      publish: () => Promise.resolve(),
      readBack: () => Promise.resolve("shown" as const),
    },
    results: { open: openResult },
  }, at.context) as WritableStream<readonly Item[]>;
  const writer = stream.getWriter();
  const item = orderItem(order, JOB.jobId, outboxId);
  for (let seq = 1; seq < times; seq++) {
    await writer.write([{ ...item, seq }]);
    await at.untilSettled(seq);
  }
  await writer.write([{ ...item, seq: times }]);
  const settled = (await at.untilSettled(times)).at(-1)!;
  await writer.close();
  return {
    paid,
    asked,
    order: bytesOf(order),
    settled,
    job: (await at.store.getJob(JOB.jobId, "buyer"))!,
    sale: (await at.store.sealedOf(JOB.eventId, "buyer"))!,
  };
}

/** The answer of a connector that was paid this key. */
export const fulfilled = (key: Uint8Array): PacketOutcome => ({
  state: "fulfilled",
  fulfilment: key,
  data: new Uint8Array(),
  packet: { channelId: "0x", nonce: 1, amount: 5_000n },
  alreadyPaid: false,
});

/** The answer of a connector that refused. */
export const declined = (code: string, more: object = {}): PacketOutcome => ({
  state: "refused",
  code,
  message: "not now",
  data: new Uint8Array(),
  triggeredBy: "g.hub",
  local: false,
  ...more,
});
