/**
 * Finds what is damaged in a home, and from what it can be rebuilt.
 *
 * @module
 */
import { AuditError } from "../audit/audit_error.ts";
import type { GitPlace } from "../audit/git_command.ts";
import { auditTip, hasRepository } from "../audit/read_repository.ts";
import { isWhole } from "../audit/repository.ts";
import { checkState } from "../../store/state_check.ts";
import { lstatOrNull } from "../../base/files/missing.ts";

/** `whole`, `missing`, or what is wrong. */
type Condition = "whole" | "missing" | string;

/** The source of a recovery. `journal`: the store is whole, and the repository is made anew from it. */
export type RecoverySource = "git" | "journal" | "chain";

/** The condition of a home. */
export interface HomeCondition {
  readonly store: Condition;
  readonly git: Condition;
  /** The source that helps; null if nothing is lost. */
  readonly source: RecoverySource | null;
}

/** Examines a home without changing it. */
export async function examineHome(place: GitPlace): Promise<HomeCondition> {
  const [store, git] = [await storeCondition(place.folder), await gitCondition(place)];
  return { store, git, source: sourceFor(store, git) };
}

function sourceFor(store: Condition, git: Condition): RecoverySource | null {
  if (store === "whole") return git === "whole" || git === "missing" ? null : "journal";
  return git === "whole" ? "git" : "chain";
}

/** A file that was never created, in a home that never paid, counts as missing too. */
async function storeCondition(folder: string): Promise<Condition> {
  if (await lstatOrNull(`${folder}/state.db`) === null) return "missing";
  const { problems } = await checkState({ folder });
  // Figures that break a rule of money need a person. Problems of pages, chain and checkpoints show damage.
  const problem = problems.find(({ check }) => ["pages", "journal", "checkpoints"].includes(check));
  return problem === undefined ? "whole" : `${problem.where}: ${problem.what}`;
}

async function gitCondition(place: GitPlace): Promise<Condition> {
  if (!await hasRepository(place)) return "missing";
  try {
    if (!await isWhole(place)) return "damaged";
    const tip = await auditTip(place);
    // The audit completes a repository that has no commit yet.
    if (tip === null) return "missing";
    return tip.ours === null ? "it holds no entry" : "whole";
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    return error.message;
  }
}
