/**
 * What of a home is whole, and from what the rest can be had back.
 *
 * @module
 */
import { AuditError } from "../audit/audit_error.ts";
import type { GitPlace } from "../audit/git_command.ts";
import { auditTip, hasRepository } from "../audit/read_repository.ts";
import { isWhole } from "../audit/repository.ts";
import { checkState } from "../../store/state_check.ts";

/** `whole`, `missing`, or what is wrong with it. */
type Condition = "whole" | "missing" | string;

/** From what a home is rebuilt. `journal`: the store is whole, the repository is made anew from it. */
export type RecoverySource = "git" | "journal" | "chain";

/** What was found. */
export interface HomeCondition {
  readonly store: Condition;
  readonly git: Condition;
  /** What helps; null where nothing is lost. */
  readonly source: RecoverySource | null;
}

/** Looks, and changes nothing. */
export async function examineHome(place: GitPlace): Promise<HomeCondition> {
  const [store, git] = [await storeCondition(place.folder), await gitCondition(place)];
  return { store, git, source: sourceFor(store, git) };
}

function sourceFor(store: Condition, git: Condition): RecoverySource | null {
  if (store === "whole") return git === "whole" || git === "missing" ? null : "journal";
  return git === "whole" ? "git" : "chain";
}

/** A file that was never made, in a home that never paid, is missing too. */
async function storeCondition(folder: string): Promise<Condition> {
  try {
    await Deno.lstat(`${folder}/state.db`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return "missing";
    }
    throw error;
  }
  const { problems } = await checkState({ folder });
  // Figures that break a rule of money are for a person; pages, chain and checkpoints tell of damage.
  const problem = problems.find(({ check }) => ["pages", "journal", "checkpoints"].includes(check));
  return problem === undefined ? "whole" : `${problem.where}: ${problem.what}`;
}

async function gitCondition(place: GitPlace): Promise<Condition> {
  if (!await hasRepository(place)) return "missing";
  try {
    if (!await isWhole(place)) return "damaged";
    const tip = await auditTip(place);
    // One that was only begun is taken up by the audit.
    if (tip === null) return "missing";
    return tip.ours === null ? "it holds no entry" : "whole";
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    return error.message;
  }
}
