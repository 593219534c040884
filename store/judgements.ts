/**
 * Judgements of skills. An answer that was accepted stays accepted: a later judgement keeps the groups of an earlier one and may only add
 * answers to them.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import type { Column } from "./columns.ts";
import type { Database } from "./database.ts";
import {
  groupsText,
  type JudgementRow,
  type PutJudgement,
  readGroupsText,
} from "./judgement_row.ts";
import { JUDGEMENTS } from "./judgement_table.ts";
import { StoreError } from "./store_error.ts";
import { verificationOf } from "./verifications.ts";

/**
 * Stores a judgement. `conflict` if no verification has this skill as its judge, or if its groups contradict the stored ones. `invalid` if
 * it has neither groups nor a failure.
 */
export function putJudgement({ db }: ChangeContext, { row }: PutJudgement): void {
  const { leadId, skill, groups, failedOn, errorCode } = row;
  if ((groups === null) === (failedOn === null) || (errorCode === null) !== (failedOn === null)) {
    throw new StoreError("invalid", "a judgement has groups or a failure");
  }
  const next = groups === null ? null : readGroupsText("groups", groups);
  if (failedOn !== null) readGroupsText("failedOn", failedOn);
  const [lead] = verificationOf(db, leadId);
  if (lead?.jobId !== leadId || lead.compare !== "skill" || lead.judge !== skill) {
    throw new StoreError("conflict", `${leadId} is not judged by the skill ${skill}`);
  }
  const before = judgementOf(db, leadId);
  const kept = before?.groups ?? null;
  if (next === null) {
    const merged = kept === null ? row : { ...row, groups: kept, sha256: before!.sha256 };
    db.run(JUDGEMENTS.upsert, ...JUDGEMENTS.values(merged));
    return;
  }
  if (kept !== null && (before!.sha256 !== row.sha256 || !extendsGroups(kept, next))) {
    throw new StoreError("conflict", `the judgement of ${leadId} contradicts the stored one`);
  }
  db.run(JUDGEMENTS.upsert, ...JUDGEMENTS.values({ ...row, groups: groupsText(next) }));
}

/** Whether the answers of the earlier groups are grouped in the same way. */
function extendsGroups(before: string, next: readonly (readonly string[])[]): boolean {
  const known = new Set(readGroupsText("groups", before).flat());
  const same = next.map((group) => group.filter((hash) => known.has(hash)))
    .filter((group) => group.length > 0);
  return groupsText(same) === before;
}

/** The judgement of a verification by its first job; null if there is none. */
export function judgementOf(db: Database, leadId: string): JudgementRow | null {
  const found = db.get("SELECT * FROM judgements WHERE lead_id = ?", leadId);
  return found === null ? null : JUDGEMENTS.row(found);
}

/** Deletes the judgement of a removed job. */
export function forgetJudgement(db: Database, jobId: Column): void {
  db.run("DELETE FROM judgements WHERE lead_id = ?", jobId);
}
