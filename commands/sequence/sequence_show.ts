/**
 * `crosstown job sequence status|wait|list|cancel`.
 *
 * @module
 */
import { codeOf, messageOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import {
  SEQUENCE_STATUSES,
  type SequenceState,
  type SequenceStatus,
} from "../../store/sequence_row.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, unlessInterrupted, UsageError } from "../../shell/errors.ts";
import { NOT_NOW } from "../job/not_now.ts";
import { printSequence } from "./sequence_print.ts";
import { sequenceGoesOn, stepNotes } from "./sequence_run.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { networkNamed, noteNetwork } from "../../shell/home/money_banner.ts";
import { alignedText, printableLine } from "../../shell/output.ts";
import { hasStoreToShow, readStore } from "../../shell/home/read_store.ts";
import { type HomeClient, openHomeClient } from "../../shell/home/home_client.ts";

/** Prints a sequence. Continues it first, unless another process does. */
export async function sequenceShow(
  invocation: Invocation,
  what: "status" | "wait",
): Promise<number> {
  const config = await configOf(invocation);
  let state = await find(config, invocation.args.required("id"));
  await noteNetwork(invocation.output, config, [state.sequence.network]);
  if (state.sequence.status === "running") {
    state = await goOn(invocation, config, state, what === "wait" ? "ended" : "sent");
  }
  const code = await printSequence(invocation, config, state, { waited: what === "wait" });
  return what === "status" ? 0 : code;
}

async function goOn(
  invocation: Invocation,
  config: Config,
  state: SequenceState,
  wanted: "sent" | "ended",
): Promise<SequenceState> {
  const { sequence: { sequenceId, network } } = state;
  if (network !== config.profile.name) {
    if (wanted === "sent") return state;
    throw new CommandError(
      "other_network",
      `sequence ${sequenceId} belongs to network ${network}, not to ${config.profile.name}`,
      `run it with --network ${network}`,
    );
  }
  let home: HomeClient;
  try {
    home = await openHomeClient(invocation, config, { buys: true, sends: true });
  } catch (error) {
    if (wanted === "ended" || !NOT_NOW.includes(codeOf(error) ?? "")) {
      throw error;
    }
    await invocation.output.warn(`not brought up to date: ${messageOf(error)}`);
    return state;
  }
  await using _ = home;
  const call = home.call(stepNotes(invocation.output));
  return await unlessInterrupted(
    invocation.signal,
    sequenceGoesOn(sequenceId),
    () =>
      wanted === "ended"
        ? home.untilSequence({ sequenceId, wanted }, call)
        : home.tendSequence({ sequenceId }, call),
  );
}

/** Lists sequences. */
export async function sequenceList(invocation: Invocation): Promise<number> {
  const { options, output } = invocation;
  const config = await configOf(invocation);
  const limit = options.integer("limit", { min: 1, max: 10_000 });
  const status = options.list("status").map(statusOf);
  if (!await hasStoreToShow(config)) {
    await output.document("sequence-list", { sequences: [] }, "No sequences yet", []);
    return 0;
  }
  await using store = await readStore(config);
  const heads = await store.listSequences({ ...(status.length === 0 ? {} : { status }), limit });
  await noteNetwork(output, config, heads.map(({ network }) => network));
  const rows = heads.map((head) => ({
    sequence_id: head.sequenceId,
    name: head.name,
    status: head.status,
    network: head.network,
    steps: head.steps,
    steps_ended: head.stepsEnded,
    budget_units: head.budgetUnits,
    paid_units: head.paidUnits,
    created_at: new Date(head.createdAtMs).toISOString(),
    error: head.errorCode,
  }));
  await output.document(
    "sequence-list",
    { sequences: rows },
    () =>
      rows.length === 0 ? "No sequences" : alignedText([
        ["SEQUENCE", "STATUS", "STEPS", "NETWORK", "PAID", "CREATED", "NAME"],
        ...rows.map((row) => [
          row.sequence_id,
          row.status,
          `${row.steps_ended}/${row.steps}`,
          row.network,
          formatUnits(row.paid_units, networkNamed(config, row.network).asset),
          row.created_at,
          printableLine(row.name ?? ""),
        ]),
      ]),
    rows,
  );
  return 0;
}

/** Cancels a sequence. Exit 1 if it has ended already. */
export async function sequenceCancel(invocation: Invocation): Promise<number> {
  const config = await configOf(invocation);
  const before = await find(config, invocation.args.required("id"));
  const { sequence: { sequenceId, network, status } } = before;
  await noteNetwork(invocation.output, config, [network]);
  if (invocation.globals.dryRun) {
    if (status !== "running") throw over(before);
    await printSequence(invocation, config, before, { waited: false, dryRun: true });
    return 0;
  }
  await using home = await openHomeClient(invocation, config, { opens: "store" });
  if (!await home.cancelSequence({ sequenceId, atMs: invocation.io.clock() })) {
    throw over(await find(config, sequenceId));
  }
  const state = await find(config, sequenceId);
  await printSequence(invocation, config, state, { waited: false });
  return 0;
}

function over({ sequence: { sequenceId, status } }: SequenceState): CommandError {
  return new CommandError(
    "sequence_over",
    `sequence ${sequenceId} has ended: ${status}`,
    `'crosstown job sequence status ${sequenceId}' shows its outcome`,
  );
}

async function find(config: Config, id: string): Promise<SequenceState> {
  if (await hasStoreToShow(config)) {
    await using store = await readStore(config);
    const state = await store.sequence(id).catch((error: Error & { code?: unknown }) => {
      if (error.code !== "ambiguous") throw error;
      throw new CommandError(
        "ambiguous",
        error.message,
        "give more digits of the id; 'crosstown job sequence list' shows them",
      );
    });
    if (state !== null) return state;
  }
  throw new CommandError(
    "not_found",
    `there is no sequence ${id} in this home`,
    "see 'crosstown job sequence list'",
  );
}

function statusOf(text: string): SequenceStatus {
  const found = SEQUENCE_STATUSES.find((each) => each === text);
  if (found === undefined) {
    throw new UsageError(`there is no status ${text}`, `one of ${SEQUENCE_STATUSES.join(", ")}`);
  }
  return found;
}
