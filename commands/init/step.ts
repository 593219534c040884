/**
 * The contract of a step of `crosstown init`: what it gets and what it reports.
 *
 * @module
 */
import type { Invocation } from "../../shell/command.ts";
import { printable } from "../../shell/output.ts";
import type { InnerResult } from "../../shell/inner_run.ts";
import type { Questions } from "./questions.ts";

/** What a step did. `kept`: it was done before. */
export interface Step {
  readonly name: string;
  readonly status: "done" | "kept" | "warn" | "failed";
  readonly message: string;
  readonly suggestion?: string;
}

/** What every step gets. */
export interface InitTools {
  readonly invocation: Invocation;
  readonly questions: Questions;
  /** Runs a command line on this home. */
  readonly run: (args: readonly string[], stdin?: string) => Promise<InnerResult>;
}

/**
 * Does a step again while it fails with what a person typed, after the reason is shown. What flags or defaults gave is not asked for again.
 */
export async function untilItWorks<Done extends Step | null>(
  questions: Pick<Questions, "typed" | "show">,
  work: () => Promise<Done>,
): Promise<Done> {
  for (;;) {
    const before = questions.typed;
    const step = await work();
    if (step?.status !== "failed" || questions.typed === before) return step;
    const { message, suggestion } = step;
    await questions.show(
      `  ${printable(message)}${suggestion === undefined ? "" : `\n  ${suggestion}`}`,
    );
  }
}

/** Writes a setting into the file. */
export async function setting(
  { run }: Pick<InitTools, "run">,
  name: string,
  key: string,
  value: string,
): Promise<Step> {
  const set = await run(["config", "set", key, value]);
  const failure = failureOf(name, set);
  if (failure !== null) return failure;
  return { name, status: "done", message: value };
}

/** A failed step that names the value by what the person gave: a flag of `init`, or null for an answer to a question. */
export function asTyped<Failed extends Step>(
  step: Failed,
  inner: string | RegExp,
  flag: string | null,
): Failed {
  return { ...step, message: step.message.replace(inner, flag ?? "it") };
}

/** The step's report for a refused command; null if the command was not refused. */
export function failureOf(name: string, { document }: InnerResult): Step | null {
  const error = document.error as { message: string; suggestion?: string } | undefined;
  return error === undefined ? null : {
    name,
    status: "failed",
    message: error.message,
    ...(error.suggestion ? { suggestion: error.suggestion } : {}),
  };
}
