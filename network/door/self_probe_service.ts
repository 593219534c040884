/**
 * The self-probe as a service in its own worker, which may connect only to the servers' ports. If a server does not answer, the service
 * fails. This ends the process, so that the process manager starts it again.
 *
 * @module
 */
import { hostAndPort } from "../../base/urls.ts";
import { defineService } from "../../base/service.ts";
import { probeHost, type ProbeTarget, type ProbeTimes } from "./self_probe.ts";

/** The options of the service. */
export interface SelfProbeOptions extends ProbeTimes {
  readonly targets: readonly ProbeTarget[];
}

/** A running probe. It has no methods for callers. */
interface SelfProbe {
  stop(): void;
}

/** Names the service for the host. */
export const definition = defineService<SelfProbeOptions, SelfProbe>({
  name: "self-probe",
  permissions: ({ targets }) => ({
    net: targets.map(({ hostname, port }) => hostAndPort(probeHost(hostname), port)),
  }),
  methods: [],
  async start({ targets, ...times }, _services, { log }) {
    // Only the worker loads these modules. The supervisor loads this file only to read the permissions.
    const [{ watchPorts }, { systemTimers }] = await Promise.all([
      import("./self_probe.ts"),
      import("../../base/timers.ts"),
    ]);
    const stop = new AbortController();
    // Not awaited on purpose: an unhandled rejection makes the service fail.
    void watchPorts(targets, times, { timers: systemTimers, log, signal: stop.signal });
    return { stop: () => stop.abort() };
  },
  stop: (probe) => Promise.resolve(probe.stop()),
});
