/** Rows of the tables of journal, relay and quarantine. */
import { CHECKPOINTS } from "../../store/checkpoint_table.ts";
import { JOURNAL, JOURNAL_BASE, JOURNAL_FACTS } from "../../store/journal_tables.ts";
import { CURSORS, SNAPSHOTS } from "../../store/named_tables.ts";
import { QUARANTINE } from "../../store/quarantine_table.ts";
import { SEEN } from "../../store/seen_table.ts";
import { UNDELIVERED } from "../../store/undelivered_table.ts";
import type { TableCase } from "./table_case.ts";

const BYTES = new Uint8Array([1, 2, 255]);
const ENTRY = {
  seq: 1,
  atMs: 2,
  type: "payment",
  jobId: null,
  channelId: null,
  eventId: null,
  kind: null,
  bytes: null,
  amountUnits: null,
  balanceUnits: null,
  outcome: "fulfilled",
  prev: "p",
  hash: "h",
  factsId: null,
  data: "{}",
};

// deno-lint-ignore no-explicit-any
export const RECORD_CASES: readonly TableCase<any>[] = [
  {
    table: CHECKPOINTS,
    rows: [{
      seq: 3,
      hash: "a".repeat(64),
      commit: null,
      signature: "b".repeat(128),
      pubkey: "c".repeat(64),
      atMs: 5,
    }],
  },
  { table: SEEN, rows: [{ eventId: "e", outcome: "o", atMs: 1 }] },
  { table: CURSORS, rows: [{ name: "n", value: "v" }] },
  { table: SNAPSHOTS, rows: [{ name: "n", counter: 2, sealed: BYTES }] },
  {
    table: QUARANTINE,
    rows: [{
      quarantineId: 4,
      bytes: BYTES,
      reason: "r",
      atMs: 3,
      source: "s",
      known: { kind: 5601, of: "x" },
      retry: true,
    }],
  },
  {
    table: JOURNAL,
    rows: [
      { ...ENTRY, amountUnits: 7n, balanceUnits: -7n, factsId: 2 },
      { ...ENTRY, jobId: "j", channelId: "ch_1", eventId: "e", kind: 1, bytes: 2 },
    ],
  },
  {
    table: UNDELIVERED,
    rows: [
      {
        messageId: "m",
        relayUrl: "wss://r.example",
        reader: "k",
        event: new Uint8Array([1, 2]),
        state: "waiting",
        tries: 1,
        reason: null,
        nextAtMs: 2,
        atMs: 1,
      },
      {
        messageId: "m",
        relayUrl: "wss://s.example",
        reader: "k",
        event: new Uint8Array(0),
        state: "given_up",
        tries: 7,
        reason: "it cannot be reached",
        nextAtMs: 3,
        atMs: 1,
      },
    ],
  },
  { table: JOURNAL_FACTS, rows: [{ factsId: 4, channel: "0x", data: "{}" }] },
  {
    table: JOURNAL_BASE,
    rows: [{ only: 0, seq: 4, hash: "h", atMs: 3, spent: 8n, earned: 0n }],
  },
];
