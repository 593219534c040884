/** Cases of the store's contract: what it keeps of packets that were refused. */
import assert from "node:assert/strict";
import { type Case, one } from "./store_case.ts";
import { CHANNEL, incoming, outgoing } from "./store_rows.ts";

export const REFUSED_PACKETS: readonly Case[] = [
  {
    name: "keeps no PREPARE of a packet that is refused, at once or later, and its hash and answer",
    async run(store) {
      const hash = new Uint8Array(32).fill(5);
      const prepare = new Uint8Array(32_000).fill(6);
      const answer = new Uint8Array([7]);
      const held = incoming({ nonce: 1, hash, prepare });
      const atOnce = incoming({ nonce: 2, hash, prepare, obligation: null, answer });
      const sent = outgoing({ prepare });
      const refused = { state: "refused", answer } as const;
      await one(
        store,
        { op: "putIncoming", row: held, expect: "absent" },
        { op: "putIncoming", row: { ...atOnce, ...refused }, expect: "absent" },
        { op: "putOutgoing", row: sent, expect: "absent" },
      );
      assert.deepEqual(await store.incoming(CHANNEL, 1), held);
      await one(
        store,
        { op: "putIncoming", row: { ...held, ...refused }, expect: "held" },
        { op: "putOutgoing", row: { ...sent, ...refused }, expect: "open" },
      );
      const gone = { prepare: new Uint8Array(0) };
      const paysNothing = { ...held, ...refused, ...gone, obligation: null };
      assert.deepEqual(await store.incoming(CHANNEL, 1), paysNothing);
      assert.deepEqual(await store.incoming(CHANNEL, 2), { ...atOnce, ...refused, ...gone });
      assert.deepEqual(await store.outgoing(CHANNEL, 1), { ...sent, ...refused, ...gone });
      // The same outcome again is no other one.
      await one(store, { op: "putOutgoing", row: { ...sent, ...refused } });
    },
  },
  {
    name: "refuses a packet that names an obligation only then, also while another packet pays it",
    async run(store) {
      const unnamed = incoming({ nonce: 1, obligation: null });
      const paying = incoming({ nonce: 2, obligation: "write:a" });
      await one(store, { op: "putIncoming", row: unnamed }, { op: "putIncoming", row: paying });
      const answer = new Uint8Array([7]);
      const late = { ...unnamed, state: "refused", answer, obligation: "write:a" } as const;
      for (const _ of ["first", "again"]) await one(store, { op: "putIncoming", row: late });
      const gone = { prepare: new Uint8Array(0), obligation: null };
      assert.deepEqual(await store.incoming(CHANNEL, 1), { ...late, ...gone });
      assert.deepEqual(await store.incomingByObligation("write:a"), paying);
    },
  },
];
