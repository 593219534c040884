/**
 * Checks from outside whether a server still accepts connections. Under Deno, a server whose process has too many open files stops
 * accepting without an error. The kernel still completes handshakes, so only an answer shows that the server works.
 *
 * @module
 */
import { connect } from "node:net";
import type { Timers } from "../../base/timers.ts";

/** A server to check. */
export interface ProbeTarget {
  /** The server's name in the log. */
  readonly name: string;
  /** Where it listens. If that is every address, the probe uses the loopback address. */
  readonly hostname: string;
  readonly port: number;
}

/** The times of the checks. */
export interface ProbeTimes {
  /** Time between two checks. Default: 10 s. */
  readonly everyMs?: number;
  /** Time for an answer. Default: 5 s. */
  readonly answerMs?: number;
  /** The number of consecutive failures after which the server counts as unreachable. Default: 3. */
  readonly failures?: number;
}

/** The host with which this process reaches a server that listens at `hostname`. */
export function probeHost(hostname: string): string {
  if (hostname === "0.0.0.0") return "127.0.0.1";
  return hostname === "::" ? "::1" : hostname;
}

/**
 * Null if the server sends anything or closes the connection: a server with too many clients closes it, and so does a TLS server. Otherwise
 * the reason why it counts as unreachable.
 */
export async function probePort(
  { hostname, port }: ProbeTarget,
  answerMs: number,
  timers: Timers,
): Promise<string | null> {
  const socket = connect(port, probeHost(hostname));
  let cancel = () => {};
  try {
    return await new Promise<string | null>((resolve) => {
      cancel = timers.after(answerMs, () => resolve(`no answer for ${answerMs} ms`));
      let open = false;
      socket.on("connect", () => {
        open = true;
        socket.write("GET / HTTP/1.1\r\nHost: self\r\nConnection: close\r\n\r\n");
      });
      socket.on("data", () => resolve(null));
      socket.on("error", ({ message }: Error) => resolve(open ? null : message));
      socket.on("close", () => resolve(open ? null : "closed"));
    });
  } finally {
    cancel();
    socket.destroy();
  }
}

/** Checks all servers until one has failed `failures` consecutive times, and then rejects. Resolves when `signal` aborts. */
export async function watchPorts(
  targets: readonly ProbeTarget[],
  { everyMs = 10_000, answerMs = 5_000, failures = 3 }: ProbeTimes,
  { timers, log, signal }: {
    readonly timers: Timers;
    readonly log: (level: "warn", msg: string, fields: Record<string, string | number>) => void;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const failed = new Map<ProbeTarget, number>();
  const stopped = new Promise<void>((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
  while (!signal.aborted) {
    await Promise.race([stopped, new Promise<void>((resolve) => timers.after(everyMs, resolve))]);
    if (signal.aborted) return;
    await Promise.all(targets.map(async (target) => {
      const reason = await probePort(target, answerMs, timers);
      if (reason === null) return void failed.delete(target);
      const times = (failed.get(target) ?? 0) + 1;
      failed.set(target, times);
      const { name, port } = target;
      log("warn", "a server does not answer on its own port", {
        server: name,
        port,
        reason,
        times,
      });
      if (times >= failures) throw new ServerUnreachable(target, reason);
    }));
  }
}

/** A server of this process accepts no more connections. */
export class ServerUnreachable extends Error {
  /** `ServerUnreachable`. */
  override readonly name = "ServerUnreachable";
  /** Makes an error that names the server. */
  constructor({ name, hostname, port }: ProbeTarget, reason: string) {
    super(`The ${name} does not answer at ${hostname}:${port}: ${reason}`);
  }
}
