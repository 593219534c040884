/** Cases of the store's contract: channels on chains and their transactions. */
import assert from "node:assert/strict";
import type { Change } from "../../store/store.ts";
import { type Case, code, one } from "./store_case.ts";
import { address, chainChannel, hash, transaction } from "./store_rows.ts";

const put = {
  channel: (
    over: Parameters<typeof chainChannel>[0],
    expect?: "absent" | "present",
  ): Change => ({ op: "putChannel", row: chainChannel(over), expect }),
  tx: (over: Parameters<typeof transaction>[0], expect?: "absent" | "present"): Change => ({
    op: "putTransaction",
    row: transaction(over),
    expect,
  }),
};
const OPEN = { status: "open", channelId: hash("d"), depositUnits: 5n } as const;
const mined = (state: "mined" | "confirmed") =>
  ({
    state,
    blockNumber: 7,
    blockHash: hash("7"),
    feeWei: 9n,
    openedChannelId: hash("d"),
  }) as const;

const KEEPS: readonly Case[] = [
  {
    name: "gives a channel and its transaction back exactly, through all their states",
    async run(store) {
      await one(store, put.channel({}, "absent"), put.tx({}, "absent"));
      assert.deepEqual(await store.chainChannel(hash("1")), chainChannel());
      assert.deepEqual(await store.transaction(hash("1")), transaction());
      const opened = chainChannel({
        ...OPEN,
        openedBlockHash: hash("7"),
        openedAtMs: 2_000,
        peerName: "other name",
        settleAtMs: 3_000,
        claimedAtMs: 2_500,
        claimedUnits: 2n ** 90n,
        halted: "another signer",
        note: "low",
      });
      await one(store, put.tx({ state: "broadcast" }));
      await one(store, put.tx(mined("mined")));
      await one(store, put.tx({ state: "broadcast" }));
      await one(store, put.tx(mined("confirmed")), { op: "putChannel", row: opened });
      await one(store, put.tx(mined("confirmed"), "present"));
      assert.deepEqual(await store.listChainChannels(), [opened]);
      assert.deepEqual(await store.transaction(hash("1")), transaction(mined("confirmed")));
    },
  },
  {
    name: "lists channels and transactions that may still change, and all where asked",
    async run(store) {
      const rows = [
        chainChannel(),
        chainChannel({ ref: hash("2"), chainId: 84_532, createdAtMs: 2_000 }),
        chainChannel({ ref: hash("3"), status: "failed", createdAtMs: 3_000 }),
        chainChannel({ ref: hash("4"), status: "void", createdAtMs: 4_000 }),
      ];
      await store.commit(rows.map((row): Change => ({ op: "putChannel", row })));
      const refs = async (filter?: Parameters<typeof store.listChainChannels>[0]) =>
        (await store.listChainChannels(filter)).map(({ ref }) => ref);
      assert.deepEqual(await refs(), [hash("1"), hash("2")]);
      assert.deepEqual(await refs({ chainId: 84_532 }), [hash("2")]);
      assert.deepEqual(await refs({ ended: true, chainId: 31_337 }), [
        hash("1"),
        hash("3"),
        hash("4"),
      ]);

      await one(
        store,
        put.tx({ nonce: 1, hash: hash("b") }),
        put.tx({ nonce: 0, hash: hash("a") }),
        put.tx({ nonce: 0, hash: hash("c"), channelRef: null, createdAtMs: 2_000 }),
        put.tx({
          nonce: 5,
          hash: hash("d"),
          sender: address("f"),
          channelRef: hash("2"),
          createdAtMs: 3_000,
        }),
      );
      await one(store, put.tx({ nonce: 1, hash: hash("b"), state: "replaced", reason: "fee" }));
      const hashes = async (filter?: Parameters<typeof store.listTransactions>[0]) =>
        (await store.listTransactions(filter)).map((row) => row.hash);
      assert.deepEqual(await hashes(), [hash("a"), hash("c"), hash("d")]);
      assert.deepEqual(await hashes({ sender: address("a") }), [hash("a"), hash("c")]);
      assert.deepEqual(await hashes({ channelRef: hash("1"), ended: true }), [
        hash("a"),
        hash("b"),
      ]);
      assert.deepEqual(await hashes({ ended: true, limit: 1 }), [hash("a")]);
      assert.equal(await store.chainChannel("none"), null);
      assert.equal(await store.transaction("none"), null);
    },
  },
  {
    name: "keeps channels of one id on two chains, and of a chain that is gone",
    async run(store) {
      const gone = { genesisHash: hash("9"), ref: hash("9") };
      await one(store, put.channel({ ...OPEN, ...gone }), put.channel(OPEN));
      await one(store, put.channel({ ...OPEN, ...gone, status: "void" }));
      assert.equal((await store.listChainChannels()).length, 1);
      await one(
        store,
        put.channel({ ...OPEN, ref: hash("8"), status: "void" }),
        put.channel({ ...OPEN, ref: hash("7"), contract: address("d") }),
      );
    },
  },
];

const refusedAs = (
  expected: string,
  name: string,
  before: readonly Change[],
  refused: readonly Change[],
): Case => ({
  name: `refuses ${name} and undoes the whole commit`,
  async run(store) {
    await store.commit(before);
    const marker: Change = { op: "setCursor", name: "undone", value: "1" };
    await assert.rejects(store.commit([marker, ...refused]), code(expected));
    assert.equal(await store.cursor("undone"), null);
  },
});

const REFUSES = ([
  ["conflict", "a channel that exists", [put.channel({})], [put.channel({}, "absent")]],
  ["conflict", "a channel that must exist", [], [put.channel({}, "present")]],
  ["conflict", "another genesis of a channel", [put.channel({})], [
    put.channel({ genesisHash: hash("2") }),
  ]],
  ["conflict", "another counterparty of a channel", [put.channel({})], [
    put.channel({ peerAddress: address("e") }),
  ]],
  ["conflict", "another id of an open channel", [put.channel(OPEN)], [
    put.channel({ ...OPEN, channelId: hash("e") }),
  ]],
  ["conflict", "an opening block that changes", [
    put.channel({ ...OPEN, openedBlockHash: hash("7") }),
  ], [put.channel({ ...OPEN, openedBlockHash: hash("8") })]],
  ["conflict", "one channel as two rows", [put.channel(OPEN)], [
    put.channel({ ...OPEN, ref: hash("2") }),
  ]],
  ["conflict", "a confirmed deposit that falls", [put.channel(OPEN)], [
    put.channel({ ...OPEN, depositUnits: 4n }),
  ]],
  ["conflict", "a wanted deposit that falls below the confirmed one", [
    put.channel({ depositUnits: 5n }),
  ], [put.channel({ depositUnits: 5n, wantedUnits: 4n })]],
  ["conflict", "claimed units that fall", [put.channel({ claimedUnits: 2n })], [
    put.channel({ claimedUnits: 1n }),
  ]],
  [
    "conflict",
    "a settled channel that opens again",
    [put.channel({ ...OPEN, status: "settled" })],
    [
      put.channel(OPEN),
    ],
  ],
  ["conflict", "a failed channel that goes on", [put.channel({ status: "failed" })], [
    put.channel(OPEN),
  ]],
  ["conflict", "a halt that is taken back", [put.channel({ halted: "another signer" })], [
    put.channel({}),
  ]],
  ["conflict", "a transaction that exists", [put.tx({})], [put.tx({}, "absent")]],
  ["conflict", "a transaction that was never durable before it was sent", [], [
    put.tx({ state: "broadcast" }),
  ]],
  ["conflict", "other bytes of a transaction", [put.tx({})], [put.tx({ raw: "0x02f9" })]],
  ["conflict", "another account nonce of a transaction", [put.tx({})], [put.tx({ nonce: 1 })]],
  ["conflict", "a transaction that was sent and is not any more", [
    put.tx({}),
    put.tx({ state: "broadcast" }),
  ], [put.tx({})]],
  ["conflict", "a confirmed transaction that changes", [put.tx({}), put.tx(mined("confirmed"))], [
    put.tx({ ...mined("confirmed"), blockHash: hash("8") }),
  ]],
  ["conflict", "a reverted transaction that is confirmed", [
    put.tx({}),
    put.tx({ state: "reverted", reason: "InvalidNonce" }),
  ], [put.tx(mined("confirmed"))]],
  ["conflict", "a replaced transaction that comes back", [
    put.tx({}),
    put.tx({ state: "replaced" }),
  ], [put.tx({ state: "broadcast" })]],
  ["conflict", "one account nonce confirmed twice", [
    put.tx({}),
    put.tx({ hash: hash("2") }),
    put.tx(mined("confirmed")),
  ], [put.tx({ hash: hash("2"), state: "reverted" })]],
  ["invalid", "a channel without its peer", [], [
    put.channel({ peerAddress: undefined as unknown as string }),
  ]],
  ["invalid", "a field that no channel has", [], [put.channel({ depost: 1n } as never)]],
  ["invalid", "an id in capitals", [], [put.channel({ channelId: hash("D") })]],
  ["invalid", "a status that is none", [], [put.channel({ status: "done" as never })]],
  ["invalid", "signed bytes that are no hex", [], [put.tx({ raw: "0x0" })]],
  ["invalid", "a number as a fee", [], [put.tx({ gasLimit: 21_000 as unknown as bigint })]],
] as const).map(([expected, name, before, refused]) => refusedAs(expected, name, before, refused));

/** All of them. */
export const CHAINS: readonly Case[] = [...KEEPS, ...REFUSES];
