/**
 * `crosstown job evidence`: what providers signed for a job, in a file, and what such a file proves.
 *
 * @module
 */
import { resolve } from "../../base/path.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { EvidenceFinding, ProvenPart } from "../../market/check_evidence.ts";
import { EVIDENCE_FORMAT, type KeyEvidence, type StoredJob } from "../../market/evidence.ts";
import type { Market } from "../../market/market_service.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Store } from "../../store/store.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { readStore } from "../../shell/home/read_store.ts";
import { printable } from "../../shell/output.ts";
import { type Judgement, readJudgement } from "../../store/judgement.ts";
import { openJudge } from "./answer_judge.ts";
import { findJob } from "./find_job.ts";
import { openMarket } from "./open_market.ts";
import { paymentOf } from "./job_payment.ts";

/** Of a file, all that may be evidence. */
const MAX_FILE_BYTES = 4 << 20;

/** Writes the file, or checks one. Exit 1 where a file proves nothing. */
export async function jobEvidence(invocation: Invocation): Promise<number> {
  const { args, options, io } = invocation;
  const id = args.text("id");
  const given = options.text("check");
  const judge = options.text("judge");
  if (judge !== undefined && given === undefined) {
    throw new UsageError("--judge judges the answers in a file", "give --check FILE too");
  }
  if ((id === undefined) === (given === undefined)) {
    throw new UsageError(
      "name a job, or a file with --check",
      "e.g. 'crosstown job evidence job-5abc123'",
    );
  }
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const market = await openMarket({ supervisor });
    if (given !== undefined) {
      const file = resolve(io.cwd(), given);
      const bytes = await bytesOf(file);
      const judgement = judge === undefined
        ? null
        : await judgedOnceMore(invocation, market, bytes, judge);
      return await show(invocation, file, await market.checkEvidence(bytes, judgement));
    }
    const { text, judgement } = await evidenceOf(invocation, market, id!);
    const file = resolve(io.cwd(), options.text("out") ?? `evidence-${id}.json`);
    const bytes = new TextEncoder().encode(text);
    await write(file, bytes);
    return await show(invocation, file, await market.checkEvidence(bytes, judgement));
  } finally {
    await supervisor.stop(0);
  }
}

/**
 * Asks a skill of this home which answers in a file are equal. Null if the file is not valid. Throws CommandError `other_judge` if the file
 * names another skill or none, `no_verdict` if the skill fails.
 */
async function judgedOnceMore(
  invocation: Invocation,
  market: Market,
  bytes: Uint8Array,
  name: string,
): Promise<Judgement | null> {
  const found = await market.evidenceToJudge(bytes);
  if (found === null) {
    if (!(await market.checkEvidence(bytes)).valid) return null;
    throw new CommandError(
      "other_judge",
      "no skill judges the answers in this file",
      "leave --judge out",
    );
  }
  await using judge = await openJudge(invocation, await configOf(invocation), name);
  if (judge.sha256 !== found.judge.sha256) {
    throw new CommandError(
      "other_judge",
      `the file names the skill ${found.judge.skill} with the hash ${found.judge.sha256}, and ${name} here has the hash ${judge.sha256}`,
      "approve a copy of exactly that skill",
    );
  }
  const said = await judge.judge(market, { jobId: "evidence", kind: found.kind }, found.input);
  if ("groups" in said) return said;
  throw new CommandError("no_verdict", `${name} gave no verdict: ${said.message}`, "try it again");
}

async function evidenceOf(
  invocation: Invocation,
  market: Pick<Market, "answersEvidence">,
  id: string,
): Promise<{ readonly text: string; readonly judgement: Judgement | null }> {
  const config = await configOf(invocation);
  const row = await findJob(config, id);
  await using store = await readStore(config);
  const members = row.role === "buyer" ? await store.verificationOf(row.jobId) : [];
  if (members.length > 0) {
    const rows = await Promise.all(members.map(({ jobId }) => store.getJob(jobId, "buyer")));
    const jobs = await Promise.all(rows.map((each) => storedJob(store, each!)));
    const [{ leadId, needed, count, compare, judge }] = members;
    const judgement = judge === null ? null : await store.judgementOf(leadId);
    const named = judge === null ? null : { skill: judge, sha256: judgement?.sha256 ?? null };
    const rule = { needed, count, compare, judge: named };
    return {
      text: await market.answersEvidence(rule, jobs),
      // This home made the judgement itself.
      judgement: judgement?.groups ? readJudgement(judgement) : null,
    };
  }
  const delivery = row.role === "buyer" ? await keyEvidence(store, row) : null;
  if (delivery !== null) return { text: `${JSON.stringify(delivery, null, 1)}\n`, judgement: null };
  throw new CommandError(
    "no_evidence",
    `${row.jobId} was done by one provider, and nothing of it contradicts itself`,
    "have a job done by several providers with 'job submit --verify 2of3'",
  );
}

async function storedJob(store: Store, row: JobRow): Promise<StoredJob> {
  const [quote, sale, payment] = await Promise.all([
    store.quoteOf(row.eventId),
    store.sealedOf(row.eventId, "buyer"),
    paymentOf(store, row),
  ]);
  return {
    request: row.request,
    // The signature of a sealed result is that of its sealed form.
    result: sale?.result ?? row.result,
    quote: quote?.quote ?? null,
    receipt: quote === null ? null : payment.fulfillment,
  };
}

/** Of a job that was paid on delivery; null where its key was never told. */
async function keyEvidence(store: Store, row: JobRow): Promise<KeyEvidence | null> {
  const { delivery, fulfillment } = await paymentOf(store, row);
  if (!delivery?.sealed_result || fulfillment === null) return null;
  const { quote, sealed_result } = delivery;
  return { format: EVIDENCE_FORMAT, what: "key", quote, sealed_result, key: fulfillment };
}

/** A new file, for its owner alone: it holds what the job was. Throws CommandError `file_exists`. */
async function write(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await Deno.writeFile(file, bytes, { createNew: true, mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new CommandError(
      "file_exists",
      `${file} is there already`,
      "name another file with --out",
    );
  }
}

/** Throws UsageError where there is no such file, or one that is too large. */
async function bytesOf(path: string): Promise<Uint8Array> {
  const refuse = (why: string) => new UsageError(`${path} ${why}`, "name a file of 'job evidence'");
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile || size > MAX_FILE_BYTES) throw refuse("is no file of evidence");
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw refuse("is not there");
    throw error;
  }
}

async function show(
  { output }: Invocation,
  file: string,
  finding: EvidenceFinding,
): Promise<number> {
  await output.document(
    "job-evidence",
    { file, ...finding },
    () =>
      [
        `${file}: ${finding.valid ? "every signature is right" : "proves nothing"}`,
        ...linesOf(finding),
      ]
        .map(printable).join("\n"),
    finding.parts.map(({ answer, ...part }) => ({ ...part, answer: JSON.stringify(answer) })),
  );
  return finding.valid ? 0 : 1;
}

function linesOf({ faults, shows, parts }: EvidenceFinding): string[] {
  const said = ({ provider, request_id, result_id, answer, paid_units }: ProvenPart) => [
    `  provider  ${provider}`,
    `    request ${request_id}`,
    `    result  ${result_id ?? "none"}`,
    ...(answer === null ? [] : [`    answer  ${JSON.stringify(answer)}`]),
    ...(paid_units === null ? [] : [`    paid    ${paid_units} units, by its own receipt`]),
  ];
  return [
    ...faults.map((each) => `  ${each}`),
    ...shows.map((each) => `  ${each}`),
    ...parts.flatMap(said),
  ];
}
