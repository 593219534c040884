/**
 * Judgements of skills. What a judgement says of two answers stays: a later one may only decide what was undecided, and add answers.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import type { Column } from "../base/table/columns.ts";
import type { Database } from "./database.ts";
import { type Judgement, keepsJudgement, readJudgement } from "./judgement.ts";
import {
  groupsText,
  type JudgementRow,
  type PutJudgement,
  readGroupsText,
  readPairsText,
} from "./judgement_row.ts";
import { JUDGEMENTS } from "./judgement_table.ts";
import { StoreError } from "./store_error.ts";
import { verificationOf } from "./verifications.ts";

/**
 * Stores a judgement. `conflict` if no verification has this skill as its judge, or if its groups contradict the stored ones. `invalid` if
 * it has neither groups nor a failure.
 */
export function putJudgement({ db }: ChangeContext, { row }: PutJudgement): void {
  const { leadId, skill, groups, undecided, failedOn, errorCode } = row;
  const isWhole = (groups === null) !== (failedOn === null) &&
    (failedOn === null || undecided === null) &&
    (errorCode === null ? failedOn === null : failedOn !== null || undecided !== null);
  if (!isWhole) throw new StoreError("invalid", "a judgement has groups or a failure");
  const next = groups === null ? null : readGroupsText("groups", groups);
  if (failedOn !== null) readGroupsText("failedOn", failedOn);
  const pairs = undecided === null ? [] : readPairsText("undecided", undecided);
  const [lead] = verificationOf(db, leadId);
  if (lead?.jobId !== leadId || lead.compare !== "skill" || lead.judge !== skill) {
    throw new StoreError("conflict", `${leadId} is not judged by the skill ${skill}`);
  }
  const before = judgementOf(db, leadId);
  const kept = before?.groups ?? null;
  if (next === null) {
    const merged = kept === null
      ? row
      : { ...row, groups: kept, undecided: before!.undecided, sha256: before!.sha256 };
    db.run(JUDGEMENTS.upsert, ...JUDGEMENTS.values(merged));
    return;
  }
  const judgement: Judgement = { groups: next, undecided: pairs };
  const keeps = keepsJudgement(readJudgement(before), judgement);
  if (kept !== null && (before!.sha256 !== row.sha256 || !keeps)) {
    throw new StoreError("conflict", `the judgement of ${leadId} contradicts the stored one`);
  }
  db.run(JUDGEMENTS.upsert, ...JUDGEMENTS.values({ ...row, groups: groupsText(next) }));
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
