/** Every transition of a packet, as its payer and as its receiver keep it, also the forbidden ones. */
import assert from "node:assert/strict";
import type { IncomingState, OutgoingState } from "../../protocols/ilp/packet_state.ts";
import type { Change, OutgoingPacketRow } from "../../store/store.ts";
import { cells, openWorld } from "./given.ts";
import { incoming, outgoing } from "./store_rows.ts";

/** `=`: the state stays, without an entry; `+`: the change is allowed; `.`: it is refused. */
const PAYER = `
  open      = + +
  fulfilled . = .
  refused   . . =
`;
const RECEIVER = `
  held      = + +
  fulfilled . = .
  refused   . . =
`;

const ANSWER = new Uint8Array([9]);
let made = 0;

const pays = (nonce: number, state: string, over = {}) =>
  outgoing({
    nonce,
    obligation: `write:${nonce}`,
    state: state as OutgoingState,
    answer: state === "open" ? null : ANSWER,
    ...over,
  });
const isPaid = (nonce: number, state: string, over = {}) =>
  incoming({
    nonce,
    obligation: `write:${nonce}`,
    state: state as IncomingState,
    answer: state === "held" ? null : ANSWER,
    ...over,
  });

Deno.test("a packet that we pay takes one outcome, and the first one stays", async () => {
  await using world = await openWorld();
  const put = (nonce: number, state: string, over = {}): Change => ({
    op: "putOutgoing",
    row: pays(nonce, state, over),
  });
  for (const [from, to, sign] of cells(PAYER)) {
    const when = world.given(put(++made, from)).when(put(made, to));
    if (sign === ".") await when.thenRefuses("conflict");
    else await when.then(sign === "=" ? [] : [`payment ${to}`]);
    if (from === "open") continue;
    const otherAnswer = put(made, from, { answer: new Uint8Array([8]) });
    await world.given().when(otherAnswer).thenRefuses("conflict");
    await world.given().when({ ...put(made, to), expect: "open" } as Change)
      .thenRefuses("conflict");
  }
});

Deno.test("a refusal that costs its amount is reported as such", async () => {
  await using world = await openWorld();
  const open: Change = { op: "putOutgoing", row: pays(1, "open"), expect: "absent" };
  await world.given(open)
    .when({ op: "putOutgoing", row: pays(1, "refused"), expect: "open", forfeit: true })
    .then(["payment forfeit"]);
});

Deno.test("a packet is written off once, and not when it was refused", async () => {
  await using world = await openWorld();
  for (const state of ["open", "fulfilled", "refused"]) {
    const writeOff: Change = {
      op: "writeOff",
      channelId: outgoing().channelId,
      nonce: ++made,
      atMs: 2_000,
    };
    const when = world.given({ op: "putOutgoing", row: pays(made, state) }).when(writeOff);
    if (state === "refused") await when.thenRefuses("conflict");
    else {
      await when.then([]);
      await world.given().when(writeOff).thenRefuses("conflict");
    }
  }
});

Deno.test("a packet that we are paid by takes one outcome, and the first one stays", async () => {
  await using world = await openWorld();
  const put = (nonce: number, state: string, over = {}): Change => ({
    op: "putIncoming",
    row: isPaid(nonce, state, over),
  });
  for (const [from, to, sign] of cells(RECEIVER)) {
    const when = world.given(put(++made, from)).when(put(made, to));
    if (sign === ".") await when.thenRefuses("conflict");
    else await when.then(sign === "=" ? [] : [`earning ${to}`]);
    if (from === "held") continue;
    const otherAnswer = put(made, from, { answer: new Uint8Array([8]) });
    await world.given().when(otherAnswer).thenRefuses("conflict");
  }
});

Deno.test("one obligation is paid by one packet: a second is taken only when the first was refused", async () => {
  await using world = await openWorld();
  for (const state of ["held", "fulfilled", "refused"]) {
    const obligation = `job:${++made}`;
    const [first, second] = [isPaid(made, state, { obligation }), ++made];
    const when = world.given({ op: "putIncoming", row: first, expect: "absent" })
      .when({ op: "putIncoming", row: isPaid(second, "held", { obligation }), expect: "absent" });
    if (state === "refused") await when.then([]);
    else await when.thenRefuses("conflict");
  }
});

Deno.test("a conflict says in which state a packet is, or that its answer is another one", async () => {
  await using world = await openWorld();
  const row = outgoing({ nonce: ++made, obligation: `job:${made}` });
  const answer = new Uint8Array([1]);
  const paid = { ...row, state: "fulfilled", answer } as const;
  const put = (change: OutgoingPacketRow, expect?: "absent" | "open"): Change => ({
    op: "putOutgoing",
    row: change,
    expect,
  });
  await world.store.commit([put(row, "absent")]);
  await assert.rejects(world.store.commit([put(row, "absent")]), /is open, expected absent/);
  await world.store.commit([put(paid, "open")]);
  await assert.rejects(world.store.commit([put(paid, "open")]), /is fulfilled, expected open/);
  for (
    const [change, message] of [
      [{ ...paid, answer: new Uint8Array([2]) }, /is fulfilled already with another answer$/],
      [{ ...paid, state: "refused" }, /is fulfilled already and cannot become refused$/],
      [{ ...paid, amount: 101n }, /^amount of .* never changes$/],
    ] as const
  ) await assert.rejects(world.store.commit([put(change)]), { message });
});
