/**
 * What `crosstown state check` does.
 *
 * @module
 */
import type { StateCheck } from "../../store/state_check.ts";
import type { Invocation } from "../../shell/command.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { printable } from "../../shell/output.ts";
import { snakeKeys } from "../../shell/snake_keys.ts";
import { hasStoreToShow } from "../../shell/home/read_store.ts";

const REPAIR = "stop every crosstown process of this home, then: crosstown state recover";

/** Checks the home's store. Exit 1 if it finds a fault. */
export async function stateCheck(invocation: Invocation): Promise<number> {
  const { output, signal } = invocation;
  const config = await configOf(invocation);
  const path = `${config.paths.stateFolder}/state.db`;
  if (!await hasStoreToShow(config)) {
    await output.document(
      "state-check",
      { ok: true, path, problems: [] },
      "Nothing is stored in this home yet",
    );
    return 0;
  }
  const { checkState } = await import("../../store/state_check.ts");
  const { verifyCheckpoint } = await import("../../protocols/nostr/journal_checkpoint.ts");
  const found = await checkState({
    folder: config.paths.stateFolder,
    signal,
    verify: (row) => verifyCheckpoint(row, row.signature, row.pubkey),
  });
  const suggestion = found.ok ? null : REPAIR;
  await output.document(
    "state-check",
    { path, ...found, journal: snakeKeys(found.journal), suggestion },
    () => checkText(path, found),
    found.problems.map((problem) => ({ ...problem })),
  );
  return found.ok ? 0 : 1;
}

function checkText(path: string, found: StateCheck): string {
  const { journal, channels, packets, jobs, checkpoints, signers, problems } = found;
  const lines = [
    `${path}: ${found.ok ? "ok" : `${problems.length} found wrong`}`,
    `  journal      ${journal.entries} entries` +
    (journal.entries === 0 ? "" : ` (${journal.firstSeq} to ${journal.lastSeq})`),
    `  checkpoints  ${checkpoints}` +
    (signers.length === 0 ? "" : ` signed by ${signers.map((key) => key.slice(0, 8)).join(", ")}`),
    `  channels     ${channels}`,
    `  packets      ${packets}`,
    `  jobs         ${jobs}`,
    ...problems.map(({ check, where, what }) =>
      `${check}: ${printable(where)}: ${printable(what)}`
    ),
  ];
  if (!found.ok) lines.push(`Suggestion: ${REPAIR}`);
  return lines.join("\n");
}
