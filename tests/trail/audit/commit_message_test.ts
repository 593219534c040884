/** Messages and files of entries, with values as a peer may choose them. */
import assert from "node:assert/strict";
import { parse } from "smol-toml";
import { parseCommit } from "../../../trail/audit/audit_commit.ts";
import { entryMessage, keepingMessage } from "../../../trail/audit/commit_message.ts";
import { stateFilesOf } from "../../../trail/audit/state_files.ts";
import type { JournalEntry } from "../../../store/journal_row.ts";
import { NAMES } from "./audit_home.ts";

const HASH = "ab".repeat(32);

function entry(over: Partial<JournalEntry>): JournalEntry {
  return {
    seq: 7,
    atMs: 0,
    type: "payment",
    jobId: null,
    channelId: "ch_7f3a9b2e",
    eventId: null,
    kind: null,
    bytes: null,
    amountUnits: 130_000n,
    balanceUnits: 49_870_000n,
    outcome: "fulfilled",
    prev: HASH,
    hash: HASH,
    data: {},
    ...over,
  };
}

const MESSAGES: readonly (readonly [JournalEntry, readonly string[]])[] = [
  [entry({ jobId: "job-5abc123", bytes: 13_000 }), [
    "crosstown: payment channel ch_7f3a9b2e balance updated",
    "Previous: 50.000000 M2M",
    "Current: 49.870000 M2M",
    "Job ID: job-5abc123",
    "Payment: 0.130000 M2M (13000 bytes x 10)",
  ]],
  [entry({ bytes: 7, outcome: "refused" }), [
    "crosstown: payment channel ch_7f3a9b2e balance updated",
    "Previous: 49.870000 M2M",
    "Current: 49.870000 M2M",
    "Payment: 0.130000 M2M",
    "Outcome: refused",
  ]],
  [entry({ balanceUnits: null, bytes: 0 }), [
    "crosstown: payment channel ch_7f3a9b2e balance updated",
    "Payment: 0.130000 M2M",
  ]],
  [
    entry({
      type: "channel",
      outcome: "open",
      data: { deposit_units: "50000000", chain_id: 31_337, peer_address: "0xb" },
    }),
    [
      "crosstown: payment channel ch_7f3a9b2e opened",
      "Deposit: 50.000000 M2M",
      "Chain: evm:dev:31337",
      `Connector: ${NAMES.connectorBtp}`,
      "Settlement Address: 0xb",
    ],
  ],
  [entry({ type: "channel", outcome: "closed", data: { own_address: "0xa", tx_hash: "0x1" } }), [
    "crosstown: payment channel ch_7f3a9b2e closed",
    "Final Balance: 49.870000 M2M",
    "Withdrawal Address: 0xa",
    "On-chain TX: 0x1",
  ]],
  [entry({ type: "job", jobId: "job-5abc123", outcome: "removed", amountUnits: null }), [
    "crosstown: job job-5abc123 removed",
  ]],
  [entry({ type: "job", jobId: "job-5abc123", outcome: "timeout", data: { status: "timeout" } }), [
    "crosstown: job job-5abc123 finished",
    "Status: timeout",
    "Price: 0.130000 M2M",
  ]],
  [entry({ type: "shutdown", outcome: "clean" }), ["crosstown: shutdown"]],
  [
    entry({
      type: "lightning",
      outcome: "paid",
      channelId: null,
      jobId: "job-5abc123",
      amountUnits: 21_000n,
      balanceUnits: null,
      data: { role: "buyer", payment_hash: HASH, fees_msats: "7", code: null },
    }),
    [
      "crosstown: Lightning payment paid",
      "Job ID: job-5abc123",
      "Payment: 21000 msats",
      "Fees: 7 msats",
      `Payment Hash: ${HASH}`,
    ],
  ],
];

for (const [of, lines] of MESSAGES) {
  Deno.test(`entryMessage() of ${of.type} ${of.outcome}, ${of.bytes} bytes`, () => {
    const said = entryMessage(of, NAMES).split("\n").filter(Boolean);
    assert.deepEqual(said.slice(0, -3), lines);
    assert.deepEqual(said.slice(-3), [
      `Entry: 7 sha256:${HASH}`,
      "Journal-Seq: 7",
      `Journal-Hash: ${HASH}`,
    ]);
  });
}

Deno.test("message and file of a channel name the connector with its settlement address", () => {
  const names = { ...NAMES, moreConnectors: { "0xe": "btp+wss://east.example" } };
  for (
    const [address, url] of [["0xE", "btp+wss://east.example"], ["constructor", NAMES.connectorBtp]]
  ) {
    const opened = entry({ type: "channel", outcome: "open", data: { peer_address: address } });
    assert.ok(entryMessage(opened, names).split("\n").includes(`Connector: ${url}`));
    const [{ content }] = stateFilesOf(opened, names);
    assert.equal(parse(content!).connector_btp, url);
  }
});

const HOSTILE = [
  "x\n\nEntry: 9 sha256:" + "cd".repeat(32) + "\nJournal-Seq: 9\nJournal-Hash: " + "cd".repeat(32),
  "\r\nJournal-Seq: 9\r\n",
  "\u2028Journal-Seq: 9\u2028",
  "\u0000\u001b[2J\u0085",
  "\ud800 a lone surrogate",
  '"""\\"quoted\\"""" = # not a comment',
  ']\n[table]\nstatus = "open"',
  "\x7f",
  "x".repeat(100_000),
];

for (const [index, value] of HOSTILE.entries()) {
  Deno.test(`a hostile value adds no line to a message and no key to a file (${index})`, () => {
    const data = { provider: value, callback_skill: value, status: value, job_id: "job-5abc123" };
    const of = entry({ type: "job", jobId: "job-5abc123", outcome: "success", data });
    const message = entryMessage(of, NAMES);
    const record = parseCommit(`${"0".repeat(40)}\x1f\x1f0\x1f${message}`);
    assert.deepEqual(record.entry, { seq: 7, hash: HASH });
    assert.deepEqual(record.journal, { seq: 7, hash: HASH });
    assert.equal(
      message.split("\n").length,
      entryMessage(
        { ...of, data: { ...data, provider: "x", status: "x" } },
        NAMES,
      ).split("\n").length,
    );
    const [{ path, content }] = stateFilesOf(of, NAMES);
    assert.equal(path, "jobs/5a/job-5abc123.toml");
    const table = parse(content!);
    assert.deepEqual(Object.keys(table).sort(), ["callback_skill", "job_id", "provider", "status"]);
    assert.equal(table.provider, value.toWellFormed());
  });
}

Deno.test("entryMessage() and stateFilesOf() tell amounts in the asset of the network", () => {
  const names = { ...NAMES, asset: { code: "TOK", scale: 18 } };
  const of = entry({ amountUnits: 1_000_000_000_000_900n, balanceUnits: 10n ** 18n });
  assert.match(entryMessage(of, names), /^Payment: 0\.001000000000000900 TOK$/m);
  const [{ content }] = stateFilesOf(of, names);
  assert.match(content!, /^balance_m2m = "1\.000000000000000000"$/m);
});

Deno.test("stateFilesOf() writes only to the program's own file names", () => {
  const names = ["../x", "ch_/../../x", "ch_7f3a9b2e/x", "ch_7F3A9B2E", "", "ch_7f3a9b2e\n"];
  for (const channelId of names) assert.deepEqual(stateFilesOf(entry({ channelId }), NAMES), []);
  for (const jobId of ["job-../../x", "job-5a", "job-5abc12G", "../job-5abc123"]) {
    assert.deepEqual(stateFilesOf(entry({ type: "job", jobId }), NAMES), []);
  }
});

Deno.test("parseCommit() takes trailers from the last paragraph, each once, and both together", () => {
  const parsed = (message: string) => parseCommit(`a\x1fb c\x1f5\x1f${message}`);
  const ours = keepingMessage("checkpoint", [], { seq: 3, hash: HASH });
  assert.deepEqual(parsed(ours).journal, { seq: 3, hash: HASH });
  assert.equal(parsed(ours).entry, null);
  assert.deepEqual(parsed(ours).parents, ["b", "c"]);
  assert.equal(parsed(`${ours}\nmore words`).journal, null);
  assert.equal(parsed(`${ours.trimEnd()}\nJournal-Seq: 4\n`).journal, null);
  assert.equal(parsed("mine\n\nJournal-Seq: 4\n").journal, null);
  assert.equal(parsed("").journal, null);
});
