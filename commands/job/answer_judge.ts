/**
 * Asks a skill of this home that judges which answers of several providers are equal. It runs as a child of this process, in the sandbox;
 * the home only stores what it says.
 *
 * @module
 */
import { RUN_PREFIX, temporaryFolder } from "../../base/files/temporary_folder.ts";
import { codeOf, messageOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import { skillFolders } from "../../home/provider_hosting.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { JudgeInput } from "../../market/judge_input.ts";
import { judgementOfParts, judgementOfWhole, mayBeAnAnswer } from "../../market/judge_parts.ts";
import type { Market } from "../../market/market_service.ts";
import type { VerificationState } from "../../market/verification_state.ts";
import { resultKindOf } from "../../protocols/nostr/kinds.ts";
import { runPermission } from "../../skills/sandbox/tools.ts";
import { type Judgement, keepsJudgement, NO_JUDGEMENT } from "../../store/judgement.ts";
import { groupsText, type JudgementRow, pairsText } from "../../store/judgement_row.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import type { HomeClient } from "../../shell/home/home_client.ts";
import { skillMachine } from "../../shell/platform.ts";
import { temporaryRoot } from "../../shell/temporary_root.ts";

/** Why there is no verdict. */
interface NoVerdict {
  readonly code: string;
  readonly message: string;
}

/** A judgement, and why it leaves pairs of answers undecided: null if there are none, or if the skill contradicts itself about them. */
interface Said extends Judgement {
  readonly error: NoVerdict | null;
}

/** A skill that judges, ready to run. It must be disposed of. */
interface AnswerJudge extends AsyncDisposable {
  /** The hash of its files, which this home approved. */
  readonly sha256: string;
  /**
   * Groups of equal answers by their hashes. If the skill fails on all answers together or contradicts what it said before, it is asked
   * about smaller parts of them. A comparison on which it fails stays undecided.
   */
  judge(
    market: ReadsVerdicts,
    about: { readonly jobId: string; readonly kind: number },
    input: JudgeInput,
    kept?: Judgement,
  ): Promise<Said | NoVerdict>;
}

/** What the judge needs of the market's worker. */
type ReadsVerdicts = Pick<Market, "judgeParts" | "readVerdict">;

/** What the judge needs of its machine. `signal` stops a run of the skill; a caller that waits for it then gets the signal's reason. */
type Judges = Pick<Invocation, "io" | "signal">;

/**
 * Finds the skill and its sandbox. Throws UsageError with the reason if it is missing, not approved, does not judge or cannot run here, and
 * the signal's reason.
 */
export async function openJudge(
  { io, signal }: Judges,
  config: Config,
  name: string,
): Promise<AnswerJudge> {
  const machine = skillMachine(io.env, config);
  const supervisor = createSupervisor({ log: () => undefined });
  let scratch: string | null = null;
  let cancel = () => {};
  const end = async () => {
    signal.removeEventListener("abort", cancel);
    await supervisor.stop(0);
    if (scratch !== null) await Deno.remove(scratch, { recursive: true }).catch(() => undefined);
  };
  try {
    const dir = temporaryRoot(io.env, "/var/tmp");
    scratch = await temporaryFolder({ dir, prefix: RUN_PREFIX });
    const folders = skillFolders(config.paths, machine);
    const approvals = [config.paths.approvalsFile];
    const catalog = await supervisor.service("skill-catalog", {
      path: machine.path,
      execPath: machine.execPath,
      // It only finds the tools and the sandbox.
      folders: [],
      approvals: [],
      toolFolders: [
        ...machine.path.split(":").filter((each) => each.startsWith("/")),
        machine.execPath.replace(/\/[^/]*$/, "") || "/",
      ],
      platform: machine.platform,
      scratch,
      images: config.paths.imagesFolder,
      sandbox: machine.sandbox,
    });
    const { tools, sandbox } = await catalog.client().look();
    await catalog.stop();
    // Somebody who chose a stronger sandbox must not have answers judged without it.
    if (sandbox.type === "none" && machine.sandbox.startsWith("runsc")) {
      throw new UsageError(
        `${name} cannot judge answers: ${sandbox.reason}`,
        "see node.sandbox in docs/sandbox.md",
        "cannot_run",
      );
    }
    const service = await supervisor.service("skill-judge", {
      tools,
      sandbox,
      folders,
      approvals,
      workFolder: scratch,
      permissions: {
        read: [scratch, ...folders, ...approvals, "/proc"],
        write: [scratch],
        run: runPermission(tools),
      },
    });
    const judges = service.client();
    cancel = () => void judges.cancel().catch(() => undefined);
    signal.addEventListener("abort", cancel);
    signal.throwIfAborted();
    const found = await judges.find(name);
    if ("code" in found) {
      throw new UsageError(
        `${name} cannot judge answers: ${found.message}`,
        "'crosstown skill list' shows your skills; see docs/skills.md#judges",
        found.code,
      );
    }
    const { sha256 } = found;
    const ask = async (
      market: ReadsVerdicts,
      { jobId, kind }: { readonly jobId: string; readonly kind: number },
      input: JudgeInput,
    ): Promise<{ readonly groups: string[][] } | NoVerdict> => {
      const about = { jobId, kind: resultKindOf(kind) };
      const said = await judges.judge(name, sha256, about, input.bytes!);
      signal.throwIfAborted();
      if ("code" in said) return said;
      const read = await market.readVerdict(said.text, input);
      return "fault" in read ? { code: "bad_verdict", message: read.fault } : read;
    };
    return {
      sha256,
      async judge(market, about, input, kept = NO_JUDGEMENT) {
        // Answers that are all too large are equal only to themselves.
        const whole = input.bytes === null
          ? { groups: input.large.map((hash) => [hash]) }
          : await ask(market, about, input);
        if ("groups" in whole) {
          const judgement = judgementOfWhole(input, whole.groups);
          const error = judgement.undecided.length > 0 ? TOO_LARGE : null;
          if (keepsJudgement(kept, judgement)) return { ...judgement, error };
        } else if (!mayBeAnAnswer(whole.code)) return whole;
        const parts: (string[][] | null)[] = [];
        let failure: NoVerdict | null = null;
        for (const part of await market.judgeParts(input)) {
          const said = await ask(market, about, part);
          if ("code" in said) failure ??= said;
          if ("code" in said && !mayBeAnAnswer(said.code)) {
            // Of two answers, a failure of another cause says nothing about either.
            if (input.hashes.length === 2) return said;
            break;
          }
          parts.push("groups" in said ? said.groups : null);
        }
        const judgement = judgementOfParts(input, parts, kept);
        if (judgement === null) return "code" in whole ? whole : failure ?? CONTRADICTION;
        const why = failure ?? (input.large.length > 0 ? TOO_LARGE : null);
        return { ...judgement, error: judgement.undecided.length > 0 ? why : null };
      },
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Why a large answer is not compared with others. */
const TOO_LARGE: NoVerdict = {
  code: "too_large",
  message: "an answer is stored as a blob, and the skill is not given those",
};

/** Of a skill that said otherwise before. */
const CONTRADICTION: NoVerdict = {
  code: "contradiction",
  message: "the skill contradicts what it said before",
};

/** Refuses a skill that cannot judge, before anything is paid. Throws as {@link openJudge}. */
export async function checkJudge(from: Judges, config: Config, name: string): Promise<void> {
  await using _judge = await openJudge(from, config, name);
}

/** What judging needs of a home. */
export type StoresJudgements = Pick<HomeClient, "storeJudgement">;

/**
 * Asks the skill about the answers of a verification, and stores what it says: groups of equal answers, or why there is no verdict. A skill
 * that contradicts itself also in parts, or is not the one that judged before, gives no verdict. Throws the reason of a signal that stops it,
 * and stores nothing then.
 */
export async function judgeAnswers(
  from: Judges,
  config: Config,
  home: StoresJudgements,
  market: ReadsVerdicts & Pick<Market, "judgeInput">,
  { rows, judging, agreed, dissent, undecided }: VerificationState,
): Promise<void> {
  const [lead] = rows;
  const { skill } = judging!;
  const answered = [...agreed, ...dissent, ...undecided];
  const input = await market.judgeInput(lead.request, answered.map(({ row }) => row.result!));
  const base = {
    leadId: lead.jobId,
    skill,
    undecided: null,
    failedOn: null,
    errorCode: null,
    errorMessage: null,
    atMs: from.io.clock(),
  };
  const failed = (sha256: string | null, { code, message }: NoVerdict): JudgementRow => ({
    ...base,
    sha256,
    groups: null,
    failedOn: groupsText([[...input.hashes, ...input.large]]),
    errorCode: code,
    errorMessage: message.slice(0, MAX_MESSAGE),
  });
  let row: JudgementRow;
  try {
    await using judge = await openJudge(from, config, skill);
    const { sha256 } = judge;
    const kept = judging!.sha256 === sha256 ? judging! : NO_JUDGEMENT;
    const said = await judge.judge(market, lead, input, kept);
    row = "code" in said ? failed(sha256, said) : {
      ...base,
      sha256,
      groups: groupsText(said.groups),
      undecided: pairsText(said.undecided),
      errorCode: said.error?.code ?? null,
      errorMessage: said.error?.message.slice(0, MAX_MESSAGE) ?? null,
    };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    row = failed(judging!.sha256, { code: error.code, message: messageOf(error) });
  }
  try {
    await home.storeJudgement(row);
  } catch (error) {
    if (codeOf(error) !== "conflict") throw error;
    const message = `${skill} contradicts what it said before, or its files were changed since`;
    await home.storeJudgement(failed(row.sha256, { code: "contradiction", message }));
  }
}

const MAX_MESSAGE = 500;
