/** The sink beside a store with a buyer's and a provider's job, and what its packets come to. */
import type { PacketOutcome } from "../../peers/connector/connector_client.ts";
import type { JobRow } from "../../store/job_row.ts";
import { definition } from "../../stages/prepare_sink_definition.ts";
import type {
  PrepareSinkOptions,
  PrepareSinkServices,
} from "../../stages/prepare_sink_services.ts";
import type { Item } from "../../stages/stage.ts";
import { job } from "../store/store_rows.ts";
import { addRow, outgoingItem, type Surroundings } from "./surroundings.ts";

export const PAID: PrepareSinkOptions = { write: "ilp", wire: "interledger" };
export const BUYER = job({ createdAtMs: 1_770_000_000_000, updatedAtMs: 1_770_000_000_000 });
export const PROVIDER = job({
  ...BUYER,
  role: "provider",
  jobId: "job-provide",
  eventId: "9".repeat(64),
  status: "success",
});
export const fulfilled = (amount: bigint, alreadyPaid = false): PacketOutcome => ({
  state: "fulfilled",
  fulfilment: new Uint8Array(32),
  data: new Uint8Array(0),
  packet: { channelId: "0x", nonce: 1, amount },
  alreadyPaid,
});
export const refused = (code: string): PacketOutcome => ({
  state: "refused",
  code,
  message: "no",
  data: new Uint8Array(0),
  triggeredBy: "test",
  local: false,
});
export const unknown: PacketOutcome = { state: "unknown", reason: "no answer yet" };

type Pay = NonNullable<PrepareSinkServices["connector"]>["pay"];

interface Rig {
  readonly at: Surroundings;
  readonly paid: { readonly obligation: string; readonly amount: bigint }[];
  readonly writer: WritableStreamDefaultWriter<readonly Item[]>;
}

/** The stage over a real store; the connector and the relay answer as the test says. */
export async function rig(
  at: Surroundings,
  given: {
    readonly options?: PrepareSinkOptions;
    readonly pay?: (request: Parameters<Pay>[0], signal: AbortSignal) => Promise<PacketOutcome>;
    readonly shows?: () => "shown" | "hidden" | "unreadable";
    readonly publish?: () => Promise<void>;
    readonly services?: Partial<PrepareSinkServices>;
  } = {},
): Promise<Rig> {
  const paid: { obligation: string; amount: bigint }[] = [];
  const stream = await definition.create(given.options ?? PAID, {
    store: at.store,
    signer: {
      packetFulfilments: (packets) => Promise.resolve(packets.map(() => new Uint8Array(32))),
    },
    connector: {
      pay(request, options) {
        paid.push({ obligation: request.obligation, amount: request.amount });
        return given.pay?.(request, options!.signal!) ??
          Promise.resolve(fulfilled(request.amount));
      },
    },
    relayReader: {
      publish: given.publish ?? (() => Promise.resolve()),
      readBack: () => Promise.resolve(given.shows?.() ?? "shown"),
    },
    ...given.services,
  }, at.context) as WritableStream<readonly Item[]>;
  return { at, paid, writer: stream.getWriter() };
}

/** The request of a job and the payment of its provider, both in the outbox. */
export async function requestAndPayment(at: Surroundings, row: JobRow = BUYER) {
  if (await at.store.getJob(row.jobId, row.role) === null) {
    await at.store.commit([{ op: "putJob", row }]);
  }
  const write = await addRow(at.store, { jobId: row.jobId });
  const pay = await addRow(at.store, { jobId: row.jobId, purpose: "job", amountUnits: 500n });
  const known = {
    id: row.eventId,
    job_id: row.jobId,
    destination: "test.relay",
    terminal: "a".repeat(64),
    write_price_units: "100",
    kind: row.kind,
  };
  return [
    outgoingItem(1, { ...known, purpose: "write", outbox_id: write }),
    outgoingItem(2, { ...known, purpose: "job", outbox_id: pay, amount_units: "500" }),
  ] as const;
}

export const buyerJob = (at: Surroundings) => at.store.getJob(BUYER.jobId, "buyer");
