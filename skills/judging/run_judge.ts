/**
 * Runs a skill that judges once, as a child process like any skill, in a folder of its own.
 *
 * @module
 */
import type { RegisteredSkill } from "../catalog/registry.ts";
import { runSkillChild } from "../host/host_child.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Tools } from "../sandbox/tools.ts";
import { makeWorkFolder, removeWorkFolder } from "../sandbox/work_folder.ts";
import type { SkillOutcome } from "../skill.ts";
import { SkillError } from "../skill_error.ts";

/** What a run needs of this machine. */
export interface JudgeMachine {
  readonly tools: Tools;
  readonly sandbox: Sandbox;
  /** The parent of the folders of runs. */
  readonly workFolder: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Stops the run, which fails with `cancelled`. */
  readonly signal?: AbortSignal;
}

/** What is judged. */
interface JudgedAnswers {
  /** The first job of the verification. */
  readonly jobId: string;
  /** The kind of the answers. */
  readonly kind: number;
  /** The judge's standard input. */
  readonly input: Uint8Array;
}

/** Longer texts are no groups of nine answers. */
const MAX_TEXT_BYTES = 4_096;

/** Runs the judge to its outcome. Every failure that the judge can cause is an outcome. */
export async function runJudge(
  skill: RegisteredSkill,
  { jobId, kind, input }: JudgedAnswers,
  { tools, sandbox, workFolder, clock, signal }: JudgeMachine,
): Promise<SkillOutcome> {
  const workdir = `${workFolder}/judge-${crypto.randomUUID()}`;
  const startedAtMs = clock();
  try {
    await makeWorkFolder(workdir);
    return await runSkillChild(skill, {
      jobId,
      attempt: 1,
      bytes: input,
      encoding: "json",
      kind,
      event: null,
      workdir,
      maxContentBytes: MAX_TEXT_BYTES,
      reencoded: false,
    }, {
      tools,
      sandbox,
      // A judge processes strangers' texts, so nobody is excepted from the sandbox.
      policy: { ownNetwork: false, allowBuyers: [] },
      timeoutS: skill.manifest.limits.timeoutS,
      clock,
      signal,
    });
  } catch (error) {
    if (!(error instanceof SkillError)) throw error;
    const durationMs = clock() - startedAtMs;
    return { status: "error", errorCode: error.code, content: error.message, durationMs };
  } finally {
    await removeWorkFolder(workdir).catch(() => undefined);
  }
}
