/**
 * Reads logs of jobs, in a worker that can reach the connector, or the relay where there is none, and calls the signer over a port.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { FreeConnector } from "../../peers/connector/free_routes.ts";
import type { Wire } from "../../protocols/btp/wire.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Log } from "../../base/log/log.ts";
import type { JobLogReader } from "./job_log_reader.ts";

/** How packets are sent. */
interface PacketsOptions {
  readonly connectors: readonly FreeConnector[];
  readonly wire: Wire["name"];
  /** Own public key in hex. It names the session if a connector requires no sign-in. */
  readonly senderId: string;
}

/** The relay, where there is no connector. */
interface RelayOptions {
  readonly relayUrl: string;
  /** `host:port`. */
  readonly host: string;
}

/** How questions are sent. */
type JobLogServiceOptions = PacketsOptions | RelayOptions;

const IDLE_MS = 30_000;

/** For the host: the service `job-logs`. */
export const definition = defineService({
  name: "job-logs",
  shares: true,
  methods: ["way", "read"] as const,
  services: ["signer"] as const,
  permissions: (options: JobLogServiceOptions) => ({
    net: "relayUrl" in options ? [options.host] : options.connectors.map(({ host }) => host),
  }),
  async start(
    options: JobLogServiceOptions,
    { signer }: { readonly signer: Signer },
    context: { readonly clock: () => number; readonly log: Log },
  ): Promise<JobLogReader & { close(): void }> {
    // Imported here, because the supervisor loads this file only for its permissions.
    const [{ jobLogReader }, { createVerifier }, { systemTimers }] = await Promise.all([
      import("./job_log_reader.ts"),
      import("../../protocols/nostr/verifier.ts"),
      import("../../base/timers.ts"),
    ]);
    const open = "relayUrl" in options
      ? await relayWay(options, signer, context.clock)
      : await packetsWay(options, context.log);
    let way: Way | null = null;
    let idle = () => {};
    const close = () => {
      way?.close();
      way = null;
    };
    const reader = jobLogReader({
      signer,
      verifier: await createVerifier(),
      clock: context.clock,
      way: "relayUrl" in options ? "relay" : "packets",
      send: async (destination, data, condition, signal) => {
        idle();
        way ??= open();
        try {
          return await way.send({ destination, data, condition }, signal);
        } finally {
          idle();
          idle = systemTimers.after(IDLE_MS, close);
        }
      },
      sleep: (ms) => new Promise((resolve) => void systemTimers.after(ms, () => resolve())),
    });
    return { ...reader, close };
  },
  stop: (service: { close(): void }): Promise<void> => Promise.resolve(service.close()),
});

/** A session that sends questions. */
interface Way {
  send(
    packet: {
      readonly destination: string;
      readonly data: Uint8Array;
      readonly condition: Uint8Array;
    },
    signal: AbortSignal,
  ): Promise<Uint8Array>;
  close(): void;
}

async function packetsWay(
  { connectors, senderId, wire: name }: PacketsOptions,
  log: Log,
): Promise<() => Way> {
  const [{ freeRoutes }, { wireOf }, { systemTimers }] = await Promise.all([
    import("../../peers/connector/free_routes.ts"),
    import("../../protocols/wires/wires.ts"),
    import("../../base/timers.ts"),
  ]);
  const wire = wireOf(name);
  const named = connectors.map((each) => ({
    ...each,
    auth: each.auth ?? wire.namelessAuth(senderId),
  }));
  return () => {
    const packets = freeRoutes(named, wire, { timers: systemTimers, random: Math.random, log });
    return {
      send: (packet, signal) => packets.send(packet, signal),
      close: () => packets[Symbol.dispose](),
    };
  };
}

async function relayWay(
  { relayUrl }: RelayOptions,
  signer: Signer,
  clock: () => number,
): Promise<() => Way> {
  const [{ askOverRelay }, { openRelaySession }] = await Promise.all([
    import("./relay_log_questions.ts"),
    import("../../peers/relay/open_relay_session.ts"),
  ]);
  return () => {
    const session = openRelaySession({ url: relayUrl, clock, signer });
    return {
      send: ({ data }, signal) => askOverRelay(session, data, signal),
      close: () => session.close(),
    };
  };
}
