/**
 * The end of packets without an answer whose channel was settled: the amount that the contract paid decides their outcome
 * (docs/money.md#packets P2). No answer can come any more, because the peer could claim only until the settlement.
 *
 * @module
 */
import { larger } from "../../base/amount.ts";
import type { Change, OutgoingPacketRow, PayerChannelRow } from "../../store/store.ts";
import type { ChannelManagerDeps } from "./manager_options.ts";
import type { ManagerState } from "./manager_state.ts";
import { nameOf } from "./views.ts";

/** The parts of a manager that this module uses. */
interface SettledChannels extends Pick<ManagerState, "own"> {
  readonly book: Pick<ManagerState["book"], "get">;
  readonly deps: Pick<ChannelManagerDeps, "store" | "log"> & {
    readonly chain: Pick<ChannelManagerDeps["chain"], "channel">;
  };
}

/**
 * Ends the open packets of a settled channel. Returns true if none is left. While the chain does not show the settlement, it does nothing.
 * A forwarded packet waits for the connector's write-off, which answers its sender.
 */
export async function endPackets(state: SettledChannels, ref: string): Promise<boolean> {
  const { book, deps, own } = state;
  const row = book.get(ref);
  if (row.status !== "settled" || row.channelId === null) return false;
  const open = await deps.store.openOutgoing(row.channelId);
  const held = await Promise.all(open.map(({ incoming }) => isHeld(state, incoming)));
  const over = open.filter((_, at) => !held[at]);
  const payer = await deps.store.payerChannel(row.channelId);
  if (over.length === 0 || payer === null) return open.length === 0;
  const facts = await deps.chain.channel(row.channelId);
  const side = facts?.participants.find(({ address }) => address.toLowerCase() === own);
  if (facts?.state !== "settled" || side === undefined) return false;
  await deps.store.commit(endedBy(payer, over, side.claimedUnits));
  deps.log("warn", "a settled channel ended payments that had no answer", {
    channel: nameOf(row),
    packets: over.length,
    claimed: String(side.claimedUnits),
  });
  return over.length === open.length;
}

/** Whether the sender of a forwarded packet has no answer yet. */
async function isHeld(
  { deps }: SettledChannels,
  link: OutgoingPacketRow["incoming"],
): Promise<boolean> {
  if (link === null) return false;
  return (await deps.store.incoming(link.channelId, link.nonce))?.state === "held";
}

/**
 * The outcome of the open rows after the contract paid `claimedUnits`. The part above the spent and forfeit amounts fulfils rows in
 * nonce order, as far as it reaches. The other rows are refused. The rest of the amount was credit that the peer kept.
 */
export function endedBy(
  payer: PayerChannelRow,
  open: readonly OutgoingPacketRow[],
  claimedUnits: bigint,
): Change[] {
  let { spent, forfeit } = payer;
  let leftUnits = claimedUnits - spent - forfeit;
  const rows = open.toSorted((a, b) => a.nonce - b.nonce).map((row): Change => {
    const paid = row.amount <= leftUnits;
    if (paid) {
      spent += row.amount;
      leftUnits -= row.amount;
    }
    const state = paid ? "fulfilled" : "refused";
    return { op: "putOutgoing", row: { ...row, state, answer: null }, expect: "open" };
  });
  forfeit += larger(leftUnits, 0n);
  return [...rows, { op: "putPayerChannel", row: { ...payer, spent, forfeit } }];
}
