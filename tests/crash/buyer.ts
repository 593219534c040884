/** A buyer as one process: it gets jobs from the harness as from a command, posts and pays them, and accepts their results. */
import assert from "node:assert/strict";
import { blobsOf } from "../../blobs/blob_reference.ts";
import { readAnswer } from "../../protocols/nostr/same_answer.ts";
import type { Increment } from "../../protocols/nostr/metered.ts";
import { type QuotedMode, readQuote, wantedMode } from "../../protocols/nostr/job_quote.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import type { QuoteAnswer } from "../../market/quotes/ask_quotes.ts";
import { quoting } from "../../market/quotes/quoting.ts";
import { RESULT_KINDS } from "../../home/inbound.ts";
import { byReference, type PackedInput } from "../../market/pack_input.ts";
import { priceOfKind } from "../../market/announcement.ts";
import { type BuiltRequest, intake } from "../../market/intake.ts";
import { ControlError } from "../../base/control_error.ts";
import { isEnded } from "../../protocols/job_status.ts";
import { parseEvent } from "../../protocols/nostr/event.ts";
import type { JobAttempt } from "../../store/job_attempt_row.ts";
import { orderQuote } from "../../home/client/offered_quote.ts";
import { turnJob } from "../../home/client/metered_job.ts";
import { isPaused } from "../../protocols/nostr/turn_order.ts";
import { claimOf, jobKey } from "../../market/job_key.ts";
import { createJudge } from "../../market/judge.ts";
import { rowsOf } from "../../market/job_rows.ts";
import { createSkillRunner } from "../../market/skill_runner.ts";
import type { Change } from "../../store/store.ts";
import { createSkillHost } from "../../skills/host/host.ts";
import { createSkillRegistry } from "../../skills/catalog/registry.ts";
import { correlator } from "../../stages/correlator.ts";
import { eventVerifier } from "../../stages/event_verifier.ts";
import { kindExtractor } from "../../stages/kind_extractor.ts";
import { relaySource } from "../../stages/relay_source.ts";
import { skillSink } from "../../stages/skill_sink.ts";
import { CHALLENGE_KEY } from "../../market/challenge.ts";
import { compare, PROFILE } from "./compared.ts";
import { largeInput, largeResult, openBlobs, putAgain } from "./blobs.ts";
import { openHome } from "./home.ts";
import {
  JOB_FLAT_UNITS,
  keyOf,
  METERED,
  PRINTED,
  PROVIDER_ADDRESS,
  QUOTE_TERMS,
  QUOTED_UNITS,
  RELAY_ADDRESS,
  RELAY_UNITS_PER_BYTE,
  SILENT_ADDRESS,
  SILENT_BID,
} from "./plan.ts";
import { type Asked, openParty, until } from "./process.ts";
import { runStages } from "./run_stages.ts";
import { silentLook } from "./silent.ts";
import { unpayingSigner } from "./unpaying_signer.ts";

const party = await openParty();
const { folder, store, clock } = party;
const pubkey = publicKeyOf(keyOf("buyer"));
const provider = publicKeyOf(keyOf("provider"));
const relayPubkey = publicKeyOf(keyOf("relay"));
const home = await openHome(party, "buyer", null, {
  ask: (questions) =>
    Promise.all(
      questions.map(({ request }) =>
        quoteOf({ request }, QUOTED_UNITS, wantedMode(request), METERED.increment)
      ),
    ),
});
const lookForSilence = silentLook(party, home.reader);
const blobs = await openBlobs(party, "buyer");
const host = createSkillHost({
  registry: createSkillRegistry({ approvals: null, builtin: [], folders: [] }),
  workFolder: `${folder}/work`,
  tools: { git: null, sh: null, bwrap: null, deno: null, path: "" },
  sandbox: { type: "none", reason: "nothing is run here" },
  policy: { ownNetwork: false, allowBuyers: [] },
  clock,
});
const skills = createSkillRunner({ host, store, pubkey, rules: null, limitBytes: 32_767, clock });
await runStages(party, {
  source: (context) =>
    relaySource(
      {
        relayUrl: home.relayUrl,
        filters: [{
          kinds: RESULT_KINDS,
          "#p": [pubkey],
          since: Math.floor(clock() / 1_000) - 3_600,
        }],
        cursorName: "answers",
      },
      { relay: home.relay, store },
      context,
    ),
  transforms: [
    (context) => kindExtractor({}, {}, context),
    (context) => eventVerifier({}, {}, context),
    (context) =>
      correlator({ role: "buyer", pubkey }, { store, judge: createJudge(null) }, context),
  ],
  sink: (context) =>
    skillSink(
      {
        concurrency: 4,
        relay: { destination: RELAY_ADDRESS, terminalPubkey: relayPubkey },
        permissions: {},
      },
      { store, skills },
      context,
    ),
});

/**
 * As `job submit` does it: the job with all that is to be sent, and the key by which the same command finds it again, in one commit.
 */
async function submit({ kind, text, timeoutS }: Asked): Promise<string> {
  const { build, assign } = intake({ clock });
  const packed = kind === "large" ? await storedInput(text) : null;
  const unassigned = await build({
    type: "echo",
    // In one second an equal request would be the same event.
    input: kind === "compared" || kind === "quoted" ? `${text} ${kind}` : text,
    ...packed !== null && { input: null, packed },
    params: [],
    platform: null,
    tags: [],
    bidUnits: null,
    provider: null,
    relays: [],
    timeoutS,
    limitBytes: 32_767,
    payment: modeOf(kind),
  }, pubkey);
  const verify = kind === "compared" ? CHALLENGE_KEY : null;
  const parts = { type: "echo", callbackSkill: null, network: "crash", given: null, verify };
  const once = { ...jobKey(unassigned.request, parts), sinceMs: clock() - 86_400_000 };
  const earlier = await store.jobByKey(once.key, once.sinceMs);
  if (kind === "compared") {
    return await compare(party, unassigned, timeoutS, once, earlier?.row.jobId ?? null);
  }
  if (earlier !== null) {
    if (kind === "quoted") await payQuote(earlier.row.jobId);
    return earlier.row.jobId;
  }
  // Nobody has the key to which such a job goes first.
  const isPassed = kind === "passed";
  const isSilent = kind === "silent";
  const chosen = isPassed || isSilent ? publicKeyOf(keyOf(isSilent ? "silent" : "hub")) : provider;
  const built = assign(unassigned, chosen);
  const prices = [{ kind: 5600, flatUnits: JOB_FLAT_UNITS, unitsPerKib: 1_024n }];
  const fullUnits = priceOfKind(prices, built.kind, built.sizeBytes)!;
  const mode = modeOf(kind);
  const { increment } = kind === "printed" ? PRINTED : METERED;
  const isQuoted = kind === "quoted";
  const answer = mode === "upfront" && !isQuoted || isPassed
    ? null
    : await quoteOf(built, fullUnits, mode, increment);
  const jobId = await store.freeJobId(built.eventId);
  const { row, outbox, quote, meter, failover } = rowsOf(
    PROFILE,
    pubkey,
    jobId,
    {
      built,
      provider: chosen,
      payTo: kind === "astray" || isPassed
        ? "test.hub.nowhere"
        : isSilent
        ? SILENT_ADDRESS
        : PROVIDER_ADDRESS,
      priceUnits: isQuoted ? 0n : fullUnits - (kind === "cheap" ? 1n : 0n),
      ...answer?.quote && !isQuoted && { depositUnits: answer.quote.depositUnits },
      ...mode === "metered" && { increments: 10 },
      quote: answer,
      writeUnits: RELAY_UNITS_PER_BYTE * BigInt(built.sizeBytes),
      limits: {},
      candidates: isPassed || isSilent
        ? [{ provider, payTo: PROVIDER_ADDRESS, priceUnits: fullUnits, mostUnits: QUOTED_UNITS }]
        : [],
    },
    { type: "echo", timeoutS, bidUnits: isSilent ? SILENT_BID : null, callbackSkill: null },
    clock(),
  );
  await store.commit([
    { op: "putJob", row, expect: "absent" },
    claimOf(row, once),
    ...quote === null ? [] : [quote],
    ...meter === null ? [] : [meter],
    ...failover === null ? [] : [failover],
    ...outbox.map((each): Change => ({ op: "addOutbox", row: each })),
  ]);
  if (isQuoted) await payQuote(jobId);
  return jobId;
}

/** As `job pay` does it. A command that is given again finds that the quote is paid. */
async function payQuote(jobId: string): Promise<void> {
  const job = (await store.getJob(jobId, "buyer"))!;
  const { quote: bytes } = (await store.quoteOf(job.eventId))!;
  const signed = parseEvent(JSON.parse(new TextDecoder().decode(bytes)));
  const { depositUnits: amountUnits, validUntilS } = readQuote(signed);
  const atMs = clock();
  try {
    await orderQuote(store, { jobId, quoteId: signed.id, amountUnits, increments: 1, atMs });
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    const { amountUnits: ordered } = (await store.getJob(jobId, "buyer"))!;
    if (ordered > 0n || validUntilS * 1_000 > atMs) return;
    // It expired while the process was away. Nobody pays the job any more.
    const patch = { status: "refused", errorCode: "quote_expired", updatedAtMs: atMs } as const;
    await store.commit([{ op: "patchJob", jobId, role: "buyer", patch }]);
  }
}

/** The requests to providers that were replaced; empty if the job ended before one was. */
async function replacedRequests(jobId: string): Promise<string[]> {
  let found: readonly JobAttempt[] = [];
  await until(async () => {
    found = await store.attemptsOf(jobId);
    return found.length > 0 || isEnded((await store.getJob(jobId, "buyer"))!.status);
  });
  return found.map(({ eventId }) => eventId);
}

/** Whether a late result of the silent provider came, and what became of it. */
async function hasHeardLate(jobId: string): Promise<boolean> {
  const silent = publicKeyOf(keyOf("silent"));
  if ((await store.answersOf(jobId)).some(({ pubkey }) => pubkey === silent)) return true;
  const { result } = (await store.getJob(jobId, "buyer"))!;
  return result !== null && readAnswer(result).pubkey === silent;
}

/** A large input, stored before its job is made. */
async function storedInput(text: string): Promise<PackedInput> {
  const blob = await putAgain(blobs, largeInput(text));
  const packed: PackedInput = { type: "file", input: [], params: [], sizeBytes: blob.size };
  return byReference(packed, blob);
}

/** Fetches the result of a large job, and compares it with what its provider was given. */
async function fetchResult(jobId: string): Promise<void> {
  const job = (await store.getJob(jobId, "buyer"))!;
  if (job.result === null) return;
  const [reference] = blobsOf(readAnswer(job.result));
  const { path } = await blobs.fetch(reference!, { maxBytes: 1 << 20 });
  const [input] = blobsOf(JSON.parse(new TextDecoder().decode(job.request)));
  const { path: sent } = await blobs.fetch(input!, { maxBytes: 1 << 20 });
  const expected = largeResult(await Deno.readFile(sent));
  assert.equal(await Deno.readTextFile(path), expected, `${jobId} has the result of another input`);
}

/** Pauses each metered job that runs, and lets it go on. A job that has ended meanwhile is left alone. */
async function turnMetered(): Promise<void> {
  for (const { jobId, eventId } of await store.listJobs({ role: "buyer", limit: 100 })) {
    const meter = await store.meterOf(eventId, "buyer");
    if (meter === null || meter.paid === 0 || meter.turns >= 2) continue;
    const asked = { jobId, paused: !isPaused(meter.turns), atMs: clock() };
    await turnJob(store, asked).catch((error) => {
      if (!(error instanceof ControlError)) throw error;
    });
  }
}

function modeOf(kind: Asked["kind"]): QuotedMode {
  if (kind === "sealed" || kind === "passed") return "on-delivery";
  return kind === "metered" || kind === "printed" ? "metered" : "upfront";
}

/** The quote that the provider would give. The crash tests do not ask for quotes, because a provider that is down gives none. */
async function quoteOf(
  { request }: Pick<BuiltRequest, "request">,
  priceUnits: bigint,
  mode: QuotedMode,
  increment: Increment,
): Promise<QuoteAnswer> {
  const seller = await unpayingSigner("provider", clock);
  const { quote: ask } = quoting(QUOTE_TERMS, { pubkey: provider, signer: seller, clock });
  const event = signEvent(request, keyOf("buyer"), new Uint8Array(32));
  const signed = await ask(event, { expiresAtS: null, priceUnits, mode, increment });
  assert.ok(signed !== null);
  const bytes = new TextEncoder().encode(JSON.stringify(signed));
  return { provider, id: signed.id, quote: readQuote(signed), bytes, reason: null, tookMs: 0 };
}

await party.serve((asked) => {
  if (asked.do === "submit") return submit(asked);
  if (asked.do === "quiet") {
    return until(async () => {
      await turnMetered();
      await lookForSilence();
      if (!await home.quiet()) return false;
      return (await store.openKinds("buyer", [], 0)).length === 0;
    });
  }
  if (asked.do === "replaced") return replacedRequests(asked.jobId);
  if (asked.do === "heard") return until(() => hasHeardLate(asked.jobId));
  if (asked.do === "fetch") return fetchResult(asked.jobId);
  if (asked.do === "drain") return home.drain();
  throw new TypeError(`the buyer cannot ${asked.do}`);
});
