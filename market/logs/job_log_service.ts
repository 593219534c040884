/**
 * Reads logs of jobs, in a worker that can reach the connector and calls the signer over a port.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { Wire } from "../../protocols/btp/wire.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Log } from "../../base/log/log.ts";
import type { JobLogReader } from "./job_log_reader.ts";

/** How packets are sent. */
interface JobLogServiceOptions {
  readonly connectorBtp: string;
  readonly auth: { readonly username: string; readonly token: string } | null;
  readonly wire: Wire["name"];
  /** Own public key in hex. It names the session if the connector requires no sign-in. */
  readonly senderId: string;
  /** `host:port`. */
  readonly host: string;
}

const IDLE_MS = 30_000;

/** For the host: the service `job-logs`. */
export const definition = defineService({
  name: "job-logs",
  methods: ["read"] as const,
  services: ["signer"] as const,
  permissions: ({ host }: JobLogServiceOptions) => ({ net: [host] }),
  async start(
    options: JobLogServiceOptions,
    { signer }: { readonly signer: Signer },
    context: { readonly clock: () => number; readonly log: Log },
  ): Promise<JobLogReader & { close(): void }> {
    // Imported here, because the supervisor loads this file only for its permissions.
    const [{ jobLogReader }, { freePackets }, { wireOf }, { createVerifier }, { systemTimers }] =
      await Promise.all([
        import("./job_log_reader.ts"),
        import("../../peers/connector/free_packets.ts"),
        import("../../protocols/wires/wires.ts"),
        import("../../protocols/nostr/verifier.ts"),
        import("../../base/timers.ts"),
      ]);
    const { connectorBtp, auth, senderId } = options;
    const wire = wireOf(options.wire);
    let way: ReturnType<typeof freePackets> | null = null;
    let idle = () => {};
    const close = () => {
      way?.[Symbol.dispose]();
      way = null;
    };
    const reader = jobLogReader({
      signer,
      verifier: await createVerifier(),
      clock: context.clock,
      send: async (destination, data, condition, signal) => {
        idle();
        way ??= freePackets({ connectorBtp, auth: auth ?? wire.namelessAuth(senderId), wire }, {
          timers: systemTimers,
          random: Math.random,
          log: context.log,
        });
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
