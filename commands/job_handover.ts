/**
 * A job that is handed to the daemon of the home: it is planned here, where its input may be read, and sent and awaited there,
 * where the unlocked wallet is.
 *
 * @module
 */
import { chooseRequest, type PlannedJob, rowsOf } from "../pipeline/job_flow.ts";
import { createSupervisor } from "../pipeline/supervisor.ts";
import type { Pubkey } from "../protocols/nostr/event.ts";
import type { Config } from "../services/config/config.ts";
import type { ControlClient } from "../services/control/control_client.ts";
import { handedJob } from "../services/control/control_service.ts";
import type { JobFlags } from "../services/market/intake.ts";
import type { RelayReader } from "../services/market/relay_reader.ts";
import type { JobRow, Store } from "../services/store/store.ts";
import { openSqliteStore } from "../services/store/sqlite_store.ts";
import type { Invocation } from "./command.ts";
import { CommandError } from "./errors.ts";
import { isEnded } from "./job_report.ts";
import { openMarket, showJob } from "./job_submit.ts";

/** Hands the job over; with `--wait` shows its result when the daemon has it. */
export async function handOver(
  invocation: Invocation,
  config: Config,
  daemon: ControlClient,
  flags: JobFlags & { readonly callbackSkill: string | null },
): Promise<number> {
  const { output, options, io, signal } = invocation;
  const supervisor = createSupervisor({ log: () => undefined, shareWorkers: true });
  try {
    const about = await daemon.call("status") as {
      readonly network?: string;
      readonly pubkey?: string;
    };
    if (about.network !== config.profile.name) {
      throw new CommandError(
        "other_network",
        `the daemon of this home works on ${about.network}, not on ${config.profile.name}`,
        "leave --network out, or stop the daemon first",
      );
    }
    const market = await openMarket({ supervisor }, invocation, flags.input);
    const reader = await supervisor.service("relay-reader", { relayUrl: config.profile.relayUrl });
    const planned: PlannedJob = await chooseRequest(
      {
        profile: config.profile,
        pubkey: about.pubkey as Pubkey,
        relayReader: reader.client<RelayReader>(),
      },
      market,
      flags,
    );
    await using store = await readStore(config);
    const jobId = await store.freeJobId(planned.built.eventId);
    const { row, outbox } = rowsOf(
      config.profile,
      about.pubkey as Pubkey,
      jobId,
      planned,
      flags,
      io.clock(),
    );
    await daemon.call("submit", handedJob(row, outbox));
    await output.note(`${jobId}: handed to the daemon`);
    const wanted = options.on("wait")
      ? isEnded
      : (status: JobRow["status"]) => !WAITING.includes(status);
    let now: JobRow = row;
    const untilMs = row.createdAtMs + (row.timeoutS + 5) * 1000;
    while (!wanted(now.status) && io.clock() < untilMs) {
      signal.throwIfAborted();
      now = await store.watchJob(jobId, "buyer", now.updatedAtMs, 250) ?? now;
    }
    return await showJob(invocation, market, now, options.on("wait"));
  } finally {
    daemon.close();
    await supervisor.stop(0);
  }
}

/** Not yet posted and paid. */
const WAITING: readonly JobRow["status"][] = ["created", "posted"];

/** The home's store as others read it while a daemon writes. */
export async function readStore(config: Config): Promise<Store & AsyncDisposable> {
  const store = await openSqliteStore({
    folder: config.paths.stateFolder,
    clock: Date.now,
    readOnly: true,
  });
  return Object.assign(Object.create(store) as Store, {
    ...store,
    [Symbol.asyncDispose]: () => store.close(),
  });
}
