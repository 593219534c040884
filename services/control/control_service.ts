/**
 * A daemon's control socket in a worker of its own: commands of the same home hand their work over, ask how it stands, or stop it.
 *
 * @module
 */
import type { Change, JobRow, OutboxRow, Store } from "../store/store.ts";
import { ControlError } from "./control_error.ts";
import { serveControl } from "./control_server.ts";

/** Which daemon this is. */
export interface ControlServiceOptions {
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
  /** What `status` adds to the store's totals from now on. */
  tell(status: Readonly<Record<string, unknown>>): Promise<void>;
}

/** A job as a command hands it over: rows whose bytes are base64 and whose amounts are decimal strings. */
export interface HandedJob {
  readonly row: Readonly<Record<string, unknown>>;
  readonly outbox: readonly Readonly<Record<string, unknown>>[];
}

/** For the host: the service `control`. */
export const definition = {
  name: "control",
  methods: ["untilStop", "tell"] as const,
  services: ["store"] as const,
  permissions: ({ path }: ControlServiceOptions) => {
    const folder = path.slice(0, path.lastIndexOf("/"));
    return { net: [`unix:${path}`], read: [path, folder], write: [path] };
  },
  async start(
    options: ControlServiceOptions,
    { store }: { readonly store: Store },
  ): Promise<Control & { close(): Promise<void> }> {
    const stop = Promise.withResolvers<void>();
    let told: Readonly<Record<string, unknown>> = {};
    const server = await serveControl({
      path: options.path,
      handlers: {
        status: async () => ({ ...options.about, ...told, totals: await store.totals() }),
        submit: async (params) => {
          const { row, outbox } = params as HandedJob;
          const job = jobOf(row);
          if (job.callbackSkill !== null && options.callbacks === false) {
            throw new ControlError("no_callbacks", "this process calls no skills for others");
          }
          await store.commit([
            { op: "putJob", row: job, expect: "absent" },
            ...outbox.map((each): Change => ({ op: "addOutbox", row: outboxOf(each) })),
          ]);
          return { job_id: job.jobId };
        },
        cancel: async (params) => {
          const { jobId, patch } = params as { jobId: string; patch: Partial<JobRow> };
          await store.commit([{ op: "patchJob", jobId, role: "buyer", patch }]);
          return {};
        },
        // Answered by its end alone: whoever asks learns that this process is gone.
        attend: (_params, { signal }) =>
          new Promise<void>((resolve) =>
            signal.addEventListener("abort", () => resolve(), { once: true })
          ),
        stop: () => {
          stop.resolve();
          return {};
        },
      },
    });
    return {
      untilStop: () => stop.promise,
      tell(status) {
        told = status;
        return Promise.resolve();
      },
      close: () => server.close(),
    };
  },
  stop: (control: { close(): Promise<void> }): Promise<void> => control.close(),
};

/** A job ready to be handed over as JSON. */
export function handedJob(
  row: JobRow,
  outbox: readonly Omit<OutboxRow, "outboxId" | "state" | "detail">[],
): HandedJob {
  return {
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

function jobOf(row: HandedJob["row"]): JobRow {
  return {
    ...row,
    request: bytesOf(row.request),
    amountUnits: unitsOf(row.amountUnits),
    writeUnits: unitsOf(row.writeUnits),
    result: null,
  } as unknown as JobRow;
}

function outboxOf(row: HandedJob["outbox"][number]): Extract<Change, { op: "addOutbox" }>["row"] {
  return {
    ...row,
    event: bytesOf(row.event),
    amountUnits: row.amountUnits === null ? null : unitsOf(row.amountUnits),
  } as unknown as Extract<Change, { op: "addOutbox" }>["row"];
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
