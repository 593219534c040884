/**
 * The self-probe as a service in a worker of its own, which may connect to the servers' ports and nothing else. It dies when one does
 * not answer, and with it the process, which whoever holds it starts again.
 *
 * @module
 */
import { hostAndPort } from "../../base/urls.ts";
import { defineService } from "../../base/service.ts";
import { probeHost, type ProbeTarget, type ProbeTimes } from "./self_probe.ts";

/** What the host says. */
export interface SelfProbeOptions extends ProbeTimes {
  readonly targets: readonly ProbeTarget[];
}

/** A running probe; nothing can be asked of it. */
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
    // Loaded where it runs: the supervisor reads this file for its permissions alone.
    const [{ watchPorts }, { systemTimers }] = await Promise.all([
      import("./self_probe.ts"),
      import("../../base/timers.ts"),
    ]);
    const stop = new AbortController();
    // Not awaited: a rejection that nobody handles is the death of the service.
    void watchPorts(targets, times, { timers: systemTimers, log, signal: stop.signal });
    return { stop: () => stop.abort() };
  },
  stop: (probe) => Promise.resolve(probe.stop()),
});
