/**
 * A daemon's control socket in a worker of its own: commands of the same home hand their work over, ask how it stands, or stop it.
 *
 * @module
 */
import type { ChannelManager } from "../../money/claims/channel_manager.ts";
import type { MoneyMover } from "../../money/channels/money_mover.ts";
import { doMoneyWork } from "../../money/channels/money_work.ts";
import { doChannelWork } from "../../money/channels/channel_work.ts";
import { cancelChain } from "../../market/sequences/cancel_chain.ts";
import { chainOf } from "../../market/sequences/handed_chain.ts";
import type { Change, ClaimJobKey, PlanFailover, Store } from "../../store/store.ts";
import type { JobRow, OutboxRow } from "../../store/job_row.ts";
import { ControlError } from "../../base/control_error.ts";
import { type ControlHandler, serveControl } from "./control_server.ts";

/** Which daemon this is. */
interface ControlServiceOptions {
  /** Absolute path of the socket. */
  readonly path: string;
  /** Shown to whoever asks. */
  readonly about: Readonly<Record<string, string | number | boolean | null>>;
  /** Whether jobs with a callback skill are taken over; true unless told. */
  readonly callbacks?: boolean;
}

/** What the daemon's main thread does with it. */
export interface Control {
  /** Resolves when somebody asked the daemon to stop. */
  untilStop(): Promise<void>;
  /** Resolves when the first chain was handed over: somebody must run it. */
  untilChain(): Promise<void>;
  /** What `status` adds to the store's totals from now on. */
  tell(status: Readonly<Record<string, unknown>>): Promise<void>;
}

/** A job as a command hands it over: rows whose bytes are base64 and whose amounts are decimal strings. */
export interface HandedJob {
  readonly row: Readonly<Record<string, unknown>>;
  readonly outbox: readonly Readonly<Record<string, unknown>>[];
  /** The change that claims the job's key; null where it has none. */
  readonly claim: Readonly<Record<string, unknown>> | null;
  /** Who is asked where the provider does not take it; null where nobody is. */
  readonly failover: Readonly<Record<string, unknown>> | null;
}

/** For the host: the service `control`. */
export const definition = {
  name: "control",
  methods: ["untilStop", "untilChain", "tell"] as const,
  services: ["store"] as const,
  optionalServices: ["manager"] as const,
  permissions: ({ path }: ControlServiceOptions) => {
    const folder = path.slice(0, path.lastIndexOf("/"));
    return { net: [`unix:${path}`], read: [path, folder], write: [path] };
  },
  async start(
    options: ControlServiceOptions,
    { store, manager }: { readonly store: Store; readonly manager?: ChannelManager & MoneyMover },
  ): Promise<Control & { close(): Promise<void> }> {
    const stop = Promise.withResolvers<void>();
    const chain = Promise.withResolvers<void>();
    let told: Readonly<Record<string, unknown>> = {};
    const server = await serveControl({
      path: options.path,
      handlers: controlHandlers(store, {
        about: () => ({ ...options.about, ...told }),
        callbacks: options.callbacks ?? true,
        onStop: stop.resolve,
        onChain: chain.resolve,
        manager,
      }),
    });
    return {
      untilStop: () => stop.promise,
      untilChain: () => chain.promise,
      tell(status) {
        told = status;
        return Promise.resolve();
      },
      close: () => server.close(),
    };
  },
  stop: (control: { close(): Promise<void> }): Promise<void> => control.close(),
};

/** What a daemon answers with; see {@link controlHandlers}. */
interface ControlWork {
  readonly about: () => Readonly<Record<string, unknown>>;
  /** Whether jobs with a callback skill are taken over. */
  readonly callbacks: boolean;
  readonly onStop: () => void;
  /** Told when a chain was handed over. */
  readonly onChain?: () => void;
  /** The channel manager, where the network has a chain. */
  readonly manager?: ChannelManager & MoneyMover;
}

/** The questions a daemon answers. A request that no command of ours makes is refused as `bad_request`. */
export function controlHandlers(
  store: Pick<Store, "commit" | "totals" | "jobChain">,
  { about, callbacks, onStop, onChain, manager }: ControlWork,
): Readonly<Record<string, ControlHandler>> {
  return {
    status: async () => ({ ...about(), totals: await store.totals() }),
    submit: async (params) => {
      const { row, outbox, claim, failover } = fieldsOf(params);
      const job = jobOf(fieldsOf(row));
      if (!Array.isArray(outbox) || outbox.length === 0 || outbox.length > MAX_HANDED_ROWS) {
        throw new ControlError("bad_request", `a job comes with 1 to ${MAX_HANDED_ROWS} rows`);
      }
      if (job.callbackSkill !== null && !callbacks) {
        throw new ControlError("no_callbacks", "this process calls no skills for others");
      }
      const rows = outbox.map((each) => outboxOf(fieldsOf(each), job.jobId));
      await store.commit([
        { op: "putJob", row: job, expect: "absent" },
        ...claim === null || claim === undefined ? [] : [claimOf(fieldsOf(claim), job)],
        ...failover === null || failover === undefined ? [] : [failoverOf(fieldsOf(failover), job)],
        ...rows.map((row): Change => ({ op: "addOutbox", row })),
      ]);
      return { job_id: job.jobId };
    },
    cancel: async (params) => {
      const { jobId, atMs } = fieldsOf(params);
      if (typeof jobId !== "string" || typeof atMs !== "number") {
        throw new ControlError("bad_request", "a job is cancelled by its id");
      }
      await store.commit([{ op: "cancelJob", jobId, message: GIVEN_UP, atMs }]);
      return {};
    },
    callback: async (params) => {
      const { change } = fieldsOf(params);
      if (!callbacks) throw new ControlError("no_callbacks", "this process calls no skills");
      await store.commit([repeatOf(fieldsOf(change))]);
      return {};
    },
    chain: async (params) => {
      const change = chainOf(params);
      await store.commit([change]);
      onChain?.();
      return { chain_id: change.row.chainId };
    },
    cancelChain: async (params) => {
      const { chainId, atMs } = fieldsOf(params);
      if (typeof chainId !== "string" || typeof atMs !== "number") {
        throw new ControlError("bad_request", "a chain is cancelled by its id");
      }
      await cancelChain(store, chainId, atMs);
      return {};
    },
    channel: (params) => {
      if (manager === undefined) {
        throw new ControlError("no_chain", "this network has no chain to keep channels on");
      }
      return doChannelWork(manager, params);
    },
    money: (params) => {
      if (manager === undefined) {
        throw new ControlError("no_chain", "this network has no chain to move money on");
      }
      return doMoneyWork(manager, params);
    },
    // Answered by its end alone: whoever asks learns that this process is gone.
    attend: (_params, { signal }) =>
      new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => resolve(), { once: true })
      ),
    stop: () => {
      onStop();
      return {};
    },
  };
}

/** What a job that was cancelled says. */
export const GIVEN_UP = "given up by its buyer";

/** The request's write and the payment of its provider. */
const MAX_HANDED_ROWS = 2;

/** A job ready to be handed over as JSON. */
export function handedJob(
  row: JobRow,
  outbox: readonly Omit<OutboxRow, "outboxId" | "state" | "detail">[],
  claim: ClaimJobKey | null = null,
  failover: PlanFailover | null = null,
): HandedJob {
  return {
    failover: failover === null ? null : {
      ...failover,
      budgetUnits: failover.budgetUnits === null ? null : String(failover.budgetUnits),
      writeUnits: String(failover.writeUnits),
      candidates: failover.candidates.map((each) => ({
        ...each,
        priceUnits: String(each.priceUnits),
      })),
    },
    claim: claim === null ? null : { ...claim },
    row: {
      ...row,
      request: row.request.toBase64(),
      amountUnits: String(row.amountUnits),
      writeUnits: String(row.writeUnits),
      result: null,
    },
    outbox: outbox.map((each) => ({
      ...each,
      event: each.event.toBase64(),
      amountUnits: each.amountUnits === null ? null : String(each.amountUnits),
    })),
  };
}

/** A callback is given again, from what the home has of it. */
function repeatOf({ op, callbackId, atMs }: Readonly<Record<string, unknown>>): Change {
  if (op !== "repeatCallback" || typeof callbackId !== "number" || typeof atMs !== "number") {
    throw new ControlError("bad_request", "a callback is given again by its number");
  }
  return { op, callbackId, atMs };
}

/** Only what a buyer's job is before anything was sent for it: nobody hands over a job that is paid, or a provider's. */
function jobOf(row: Readonly<Record<string, unknown>>): JobRow {
  if (row.role !== "buyer" || row.status !== "created" || row.jobPaid !== false) {
    throw new ControlError("bad_request", "a job is handed over by its buyer, before it is sent");
  }
  return {
    ...row,
    request: bytesOf(row.request),
    amountUnits: unitsOf(row.amountUnits),
    writeUnits: unitsOf(row.writeUnits),
    result: null,
  } as unknown as JobRow;
}

/** A key is claimed for the job that comes with it, and for no other. */
function claimOf(claim: Readonly<Record<string, unknown>>, { jobId }: JobRow): ClaimJobKey {
  if (claim.op !== "claimJobKey" || claim.jobId !== jobId) {
    throw new ControlError("bad_request", "a key is of another job");
  }
  return claim as unknown as ClaimJobKey;
}

function failoverOf(plan: Readonly<Record<string, unknown>>, { jobId }: JobRow): PlanFailover {
  if (plan.op !== "planFailover" || plan.jobId !== jobId || !Array.isArray(plan.candidates)) {
    throw new ControlError("bad_request", "a plan is of another job");
  }
  return {
    ...plan,
    budgetUnits: plan.budgetUnits === null ? null : unitsOf(plan.budgetUnits),
    writeUnits: unitsOf(plan.writeUnits),
    candidates: plan.candidates.map((each) => {
      const candidate = fieldsOf(each);
      return { ...candidate, priceUnits: unitsOf(candidate.priceUnits) };
    }),
  } as unknown as PlanFailover;
}

function outboxOf(
  row: Readonly<Record<string, unknown>>,
  jobId: string,
): Extract<Change, { op: "addOutbox" }>["row"] {
  if (row.jobId !== jobId) throw new ControlError("bad_request", "a row is of another job");
  return {
    ...row,
    event: bytesOf(row.event),
    amountUnits: row.amountUnits === null ? null : unitsOf(row.amountUnits),
  } as unknown as Extract<Change, { op: "addOutbox" }>["row"];
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ControlError("bad_request", "the request must hold an object");
  }
  return value as Readonly<Record<string, unknown>>;
}

function bytesOf(value: unknown): Uint8Array {
  if (typeof value !== "string") throw new ControlError("bad_request", "bytes must be base64");
  try {
    return Uint8Array.fromBase64(value);
  } catch (cause) {
    throw new ControlError("bad_request", "bytes must be base64", undefined, { cause });
  }
}

function unitsOf(value: unknown): bigint {
  if (typeof value !== "string" || !/^\d{1,40}$/.test(value)) {
    throw new ControlError("bad_request", "an amount must be decimal digits");
  }
  return BigInt(value);
}
