/**
 * Looks from outside whether a server still accepts connections. A server whose process ran out of open files stops accepting under
 * Deno and is told of no error; the kernel goes on completing handshakes, so only an answer shows that somebody is there.
 *
 * @module
 */
import { connect } from "node:net";
import type { Timers } from "../../base/timers.ts";

/** A server to look at. */
export interface ProbeTarget {
  /** For the log. */
  readonly name: string;
  /** Where it listens; where that is every address, the loopback one is asked. */
  readonly hostname: string;
  readonly port: number;
}

/** How often, and how patiently. */
export interface ProbeTimes {
  /** Between two looks, 10 s unless told. */
  readonly everyMs?: number;
  /** Time for an answer, 5 s unless told. */
  readonly answerMs?: number;
  /** Looks in a row that have to fail, 3 unless told. */
  readonly failures?: number;
}

/** The host under which this process reaches what listens at `hostname`. */
export function probeHost(hostname: string): string {
  if (hostname === "0.0.0.0") return "127.0.0.1";
  return hostname === "::" ? "::1" : hostname;
}

/**
 * Null when the server says anything or closes the connection, which an overcrowded one does as well as one that speaks TLS; else why
 * it counts as gone.
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

/** Looks at all of them until one has not answered so many times in a row; rejects then. Resolves when `signal` aborts. */
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

/** A server of this process accepts nobody any more. */
export class ServerUnreachable extends Error {
  /** `ServerUnreachable`. */
  override readonly name = "ServerUnreachable";
  /** Makes it. */
  constructor({ name, hostname, port }: ProbeTarget, reason: string) {
    super(`The ${name} does not answer at ${hostname}:${port}: ${reason}`);
  }
}
