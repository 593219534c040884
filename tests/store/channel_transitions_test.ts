/** Every transition of a channel on a chain and of a transaction, also the forbidden ones. */
import * as channels from "../../store/channel_status.ts";
import assert from "node:assert/strict";
import type { Change, ChannelRow, TransactionRow } from "../../store/store.ts";
import { cells, openWorld } from "./given.ts";
import { chainChannel, transaction } from "./store_rows.ts";

const CHANNELS = `
  opening    = + + + + + + +
  open       + = + + + + + +
  closing    + + = + + + + +
  closed     + + + = + + + +
  settled    . . . . = . . +
  failed     . . . . . = . +
  recovering + + + + + + = +
  void       . . . . . . . =
`;

const TRANSACTIONS = `
  signed    = + + + + + +
  broadcast . = + + + + +
  mined     . + = + + + +
  confirmed . . . = . . .
  reverted  . . . . = . .
  replaced  . . . . . = .
  cancelled . . . . . . =
`;

let made = 0;
const name = () => `0x${(++made).toString(16).padStart(64, "0")}`;

Deno.test("a channel changes its status only as the table of statuses allows", async () => {
  await using world = await openWorld();
  for (const [from, to, sign] of cells(CHANNELS)) {
    const row = chainChannel({
      ref: name(),
      channelId: name(),
      status: from as ChannelRow["status"],
    });
    const put = (status: string): Change => ({
      op: "putChannel",
      row: { ...row, status: status as ChannelRow["status"] },
    });
    const when = world.given(put(from)).when(put(to));
    if (sign === ".") await when.thenRefuses("conflict");
    else await when.then(sign === "=" ? [] : [`channel ${to}`]);
  }
});

Deno.test("a channel's figures never fall and its identity never changes, whatever its status", async () => {
  await using world = await openWorld();
  for (const status of channels.CHANNEL_ROW_STATUSES) {
    const row = chainChannel({
      ref: name(),
      channelId: name(),
      status,
      depositUnits: 9n,
      claimedUnits: 5n,
    });
    await world.store.commit([{ op: "putChannel", row, expect: "absent" }]);
    for (
      const change of [
        { depositUnits: 8n },
        { claimedUnits: 4n },
        { wantedUnits: 8n },
        { ownAddress: `0x${"9".repeat(40)}` },
        { genesisHash: name() },
      ]
    ) {
      await world.given().when({ op: "putChannel", row: { ...row, ...change } })
        .thenRefuses("conflict");
    }
  }
});

Deno.test("a transaction changes its state only as the table of states allows", async () => {
  await using world = await openWorld();
  for (const [from, to, sign] of cells(TRANSACTIONS)) {
    const row = transaction({ hash: name(), nonce: made });
    const put = (state: string): Change => ({
      op: "putTransaction",
      row: { ...row, state: state as TransactionRow["state"] },
    });
    const before = from === "signed" ? [put("signed")] : [put("signed"), put(from)];
    const when = world.given(...before).when(put(to));
    if (sign === ".") await when.thenRefuses("conflict");
    else await when.then([]);
  }
});

Deno.test("a transaction begins signed, and of one account nonce one is confirmed or reverted", async () => {
  await using world = await openWorld();
  const put = (over: Partial<TransactionRow>): Change => ({
    op: "putTransaction",
    row: transaction({ nonce: 7, ...over }),
  });
  const [first, second] = [name(), name()];
  await world.given().when(put({ hash: first, state: "broadcast" })).thenRefuses("conflict");
  const both = [put({ hash: first }), put({ hash: second })];
  await world.given(...both).when(put({ hash: first, state: "confirmed" })).then([]);
  for (const state of ["confirmed", "reverted"] as const) {
    await world.given().when(put({ hash: second, state })).thenRefuses("conflict");
  }
  await world.given().when(put({ hash: second, state: "replaced" })).then([]);
});

Deno.test("the predicates of a channel's status give the answers that its readers need", () => {
  const of = (holds: (status: ChannelRow["status"]) => boolean) =>
    channels.CHANNEL_ROW_STATUSES.filter(holds).join(" ");
  assert.equal(of(channels.isChannelEnded), "settled failed void");
  assert.equal(of(channels.isOnChain), "open closing closed recovering");
  assert.equal(of(channels.isInWork), "opening closing closed recovering");
  assert.equal(of(channels.isUsable), "opening open recovering");
  assert.equal(of(channels.takesPackets), "open recovering");
});
