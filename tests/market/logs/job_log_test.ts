/** A job's log from the output of a run to its buyer, with real stores, signers and events; a function call replaces the network. */
import assert from "node:assert/strict";
import { jobLogOf } from "../../../home/client/job_log.ts";
import { jobLogReader, JobLogReadError } from "../../../market/logs/job_log_reader.ts";
import { jobLogTerminal } from "../../../market/logs/job_log_terminal.ts";
import { jobLogWriter } from "../../../market/logs/job_log_writer.ts";
import type { Terminal } from "../../../money/receiver/terminal.ts";
import type { Prepare } from "../../../protocols/ilp/packet.ts";
import type { EventId, VerifiedEvent } from "../../../protocols/nostr/event.ts";
import { encodeToon } from "../../../protocols/toon/encode.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { startMs } from "../../money/signer/fixtures.ts";
import { job } from "../../store/store_rows.ts";
import { nowS, PAYER, STRANGER, TOWN, verifier } from "../terms/parties.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const signal = new AbortController().signal;
const call = { signal, progress: () => undefined };

/** The terminal beneath, which gets no questions for a log. */
const NOTHING: Terminal = {
  inspect: () => Promise.resolve({ reject: { code: "F00", message: "beneath" } }),
  effect: () => Promise.reject(new Error("nothing is paid")),
};

/** A provider and a buyer of the same job. */
async function parties(
  { asker = PAYER, clock = () => startMs, encrypted = false, away = [] }: {
    readonly asker?: typeof PAYER;
    readonly clock?: () => number;
    readonly encrypted?: boolean;
    /** Addresses whose connector is away. */
    readonly away?: readonly string[];
  } = {},
) {
  const folders = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  const [provider, buyer] = await Promise.all(
    folders.map((folder) => openSqliteStore({ folder, clock: () => startMs })),
  );
  const tags = encrypted ? [["encrypted"]] : [["i", "x", "text"]];
  const request = await PAYER.sign({ kind: 5601, created_at: nowS, tags, content: "" });
  const row = job({
    eventId: request.id,
    jobId: "job-5abc123",
    callbackSkill: null,
    status: "processing",
    jobPaid: true,
    buyer: PAYER.pubkey,
    provider: TOWN.pubkey,
    request: encodeToon(request, "1.4"),
  });
  await provider.commit([{ op: "putJob", row: { ...row, role: "provider" } }]);
  await buyer.commit([{ op: "putJob", row }]);
  const terminal = jobLogTerminal(NOTHING, {
    store: provider,
    signer: TOWN.signer,
    verifier,
    clock,
  });
  let line = true;
  const answers: Uint8Array[] = [];
  const asked: string[] = [];
  const reader = jobLogReader({
    signer: asker.signer,
    verifier,
    clock: () => startMs,
    sleep: () => Promise.resolve(),
    way: "packets",
    async send(destination, data, condition) {
      asked.push(destination);
      if (!line) throw new Error("the line is down");
      if (away.includes(destination)) throw new Error("T01 the next hop is away");
      const packet = { amount: 0n, expiresAtMs: startMs + 30_000, condition, destination, data };
      const seen = await terminal.inspect(packet as Prepare);
      assert.ok("reject" in seen);
      if (seen.reject.data === undefined) throw new Error(seen.reject.message);
      answers.push(seen.reject.data);
      return seen.reject.data;
    },
  });
  const wanted = {
    requestId: request.id as EventId,
    provider: TOWN.pubkey,
    destination: "g.town",
    waitMs: 0,
  };
  const announced = {
    ilpAddress: "g.town",
    moreAddresses: ["g.other.town", "g.third.town", "g.fourth.town"],
  };
  const read = jobLogOf({
    store: buyer,
    relayReader: { announcements: () => Promise.resolve([announced as never]) },
    jobLogs: reader,
  });
  return {
    provider,
    buyer,
    reader,
    wanted,
    answers,
    asked,
    cut: (down: boolean) => line = !down,
    /** What the buyer sees from an offset on. */
    async from(offset: number) {
      const part = await read({ jobId: "job-5abc123", offset, waitMs: 0 }, call);
      return { ...part, text: new TextDecoder().decode(part.bytes) };
    },
    async end() {
      const patch = { status: "success", updatedAtMs: startMs } as const;
      await provider.commit([{ op: "patchJob", jobId: row.jobId, role: "provider", patch }]);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([provider.close(), buyer.close()]);
      await Promise.all(folders.map((folder) => Deno.remove(folder, { recursive: true })));
    },
  };
}

/** Everything, as a command reads it. */
async function all(of: Awaited<ReturnType<typeof parties>>) {
  let text = "";
  for (let offset = 0;;) {
    const part = await of.from(offset);
    assert.equal(part.problem, null);
    text += part.text;
    offset += part.bytes.length;
    if (part.ended) return text;
  }
}

Deno.test("a job's log comes to its buyer in order and whole, also where it cannot be compressed", async () => {
  await using of = await parties();
  const log = jobLogWriter(of.provider, "job-5abc123");
  const noise = crypto.getRandomValues(new Uint8Array(50_000)).toHex();
  log.write(utf8("first\n"));
  log.write(utf8(noise));
  log.write(utf8("last\n"));
  await log.end();
  await of.end();
  assert.equal(await all(of), `first\n${noise}last\n`);
  // In a packet each of them.
  for (const answer of of.answers) assert.ok(answer.length <= 32_767, `${answer.length} bytes`);
});

Deno.test("a log that is read again after a lost line continues at its offset: nothing twice, nothing left out", async () => {
  await using of = await parties();
  const log = jobLogWriter(of.provider, "job-5abc123", { pauseMs: 0 });
  log.write(utf8("one\n"));
  await log.end();
  assert.equal((await of.from(0)).text, "one\n");
  of.cut(true);
  const more = jobLogWriter(of.provider, "job-5abc123", { pauseMs: 0 });
  more.write(utf8("two\n"));
  await more.end();
  const lost = await of.from(4);
  assert.match(lost.problem ?? "", /the line is down/);
  assert.equal(lost.text, "");
  // The earlier part is stored here, whether the provider can be asked or not.
  assert.equal((await of.from(0)).text, "one\n");
  of.cut(false);
  await of.end();
  const rest = await of.from(4);
  assert.match(rest.text, /^\n\[crosstown: the provider was interrupted.*\]\ntwo\n$/);
  assert.equal(rest.ended, true);
});

Deno.test("jobLogOf() asks a provider at its next address if the connector of one is away, and from then on there first", async () => {
  await using of = await parties({ away: ["g.town"] });
  const log = jobLogWriter(of.provider, "job-5abc123", { pauseMs: 0 });
  log.write(utf8("one\n"));
  await log.end();
  assert.equal((await of.from(0)).text, "one\n");
  assert.deepEqual(of.asked.splice(0), ["g.town", "g.other.town"]);
  assert.equal((await of.from(4)).problem, null);
  assert.deepEqual(of.asked.splice(0), ["g.other.town"]);
  of.cut(true);
  assert.match((await of.from(4)).problem ?? "", /the line is down/);
  assert.deepEqual(of.asked, ["g.other.town", "g.town", "g.third.town"], "at most three");
});

Deno.test("the log of an encrypted request is encrypted to its buyer, and still fits a packet", async () => {
  await using of = await parties({ encrypted: true });
  const log = jobLogWriter(of.provider, "job-5abc123");
  const noise = crypto.getRandomValues(new Uint8Array(20_000)).toHex();
  log.write(utf8(`secret ${noise}`));
  await log.end();
  await of.end();
  assert.equal(await all(of), `secret ${noise}`);
  for (const answer of of.answers) {
    assert.ok(answer.length <= 32_767, `${answer.length} bytes`);
    assert.ok(!new TextDecoder().decode(answer).includes("pieces"));
  }
});

Deno.test("jobLogTerminal() gives a job's log only to its buyer", async () => {
  await using of = await parties({ asker: STRANGER });
  await assert.rejects(
    of.reader.read({ ...of.wanted, offset: 0 }),
    (error) => error instanceof JobLogReadError && /no such job of yours/.test(error.message),
  );
});

Deno.test("jobLogTerminal() answers no old question, so that a recorded one is worthless later", async () => {
  await using of = await parties({ clock: () => startMs + 601_000 });
  await assert.rejects(of.reader.read({ ...of.wanted, offset: 0 }), /no such job of yours/);
});

Deno.test("jobLogReader() takes no answer that the provider did not sign, and none with a gap", async () => {
  const content = (pieces: unknown[], end: number) => JSON.stringify({ pieces, end, ended: false });
  const answer = (of: typeof TOWN, text: string): Promise<VerifiedEvent> =>
    of.sign({ kind: 25602, created_at: nowS, tags: [["e", "a".repeat(64)]], content: text });
  const cases: readonly [string, VerifiedEvent, RegExp][] = [
    ["another author", await answer(STRANGER, content([], 0)), /something else/],
    [
      "a gap",
      await answer(TOWN, content([[0, 1, "AA=="], [2, 1, "AA=="]], 3)),
      /follow each other/,
    ],
    ["beyond its end", await answer(TOWN, content([[0, 5, "AA=="]], 3)), /beyond the end/],
    [
      "a huge piece",
      await answer(TOWN, content([[0, 2 ** 40, "AA=="]], 2 ** 41)),
      /offset and its length/,
    ],
    ["no JSON", await answer(TOWN, "[31m"), /not JSON/],
  ];
  for (const [name, event, expected] of cases) {
    const reader = jobLogReader({
      signer: PAYER.signer,
      verifier,
      clock: () => startMs,
      sleep: () => Promise.resolve(),
      way: "packets",
      send: () => Promise.resolve(encodeToon(event, "1.4")),
    });
    await assert.rejects(
      reader.read({
        requestId: "a".repeat(64),
        provider: TOWN.pubkey,
        destination: "g.town",
        offset: 0,
        waitMs: 0,
      }),
      expected,
      name,
    );
  }
});

Deno.test("jobLogWriter() keeps a bounded log and says where it ends", async () => {
  await using of = await parties();
  const log = jobLogWriter(of.provider, "job-5abc123", { maxLogBytes: 20_000 });
  log.write(utf8("x".repeat(30_000)));
  await log.end();
  await of.end();
  const text = await all(of);
  assert.equal(text.slice(0, 20_000), "x".repeat(20_000));
  assert.match(text.slice(20_000), /^\n\[crosstown: the live log ends here.*\]\n$/);
});

Deno.test("jobLogWriter() keeps a bounded part of output that comes too fast, and says what is left out", async () => {
  await using of = await parties();
  const log = jobLogWriter(of.provider, "job-5abc123");
  for (let i = 0; i < 40; i++) log.write(utf8(`${i}`.padStart(100_000, "-")));
  await log.end();
  await of.end();
  const text = await all(of);
  assert.ok(text.length < 2 << 20, `${text.length}`);
  assert.equal(text.match(/\[crosstown: output came too fast/g)?.length, 1);
});
