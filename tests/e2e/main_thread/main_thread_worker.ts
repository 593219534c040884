/// <reference lib="deno.worker" />
/**
 * The program's main thread, moved into a worker that holds the permissions of a main thread and no more. The workers that it
 * starts are started by the real main thread, with the permissions that the program asks for, and reached through a port.
 */
import { main } from "../../../commands/main.ts";
import type { Io, OutputStream } from "../../../shell/io.ts";

/** The first message to the worker. */
export interface Told {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly spawner: MessagePort;
}

/** A worker to start. */
export interface Wanted {
  readonly url: string;
  readonly name: string;
  readonly permissions: Deno.PermissionOptionsObject;
  readonly port: MessagePort;
}

/** What this worker says. */
export type Said =
  | { readonly type: "output"; readonly stream: "stdout" | "stderr"; readonly text: string }
  | { readonly type: "exit"; readonly code: number };

const say = (message: Said) => self.postMessage(message);
const stop = new AbortController();

self.onmessage = async ({ data }: MessageEvent<Told | "stop">) => {
  if (data === "stop") return stop.abort(new DOMException("stopped", "AbortError"));
  const { spawner, args } = data;
  Object.defineProperty(globalThis, "Worker", { value: workerBehind(spawner) });
  say({ type: "exit", code: await main(args, ioOf(data), stop.signal) });
};

function workerBehind(spawner: MessagePort) {
  return class extends EventTarget {
    onmessage: ((event: MessageEvent) => void) | null = null;
    onerror: ((event: ErrorEvent) => void) | null = null;
    onmessageerror: ((event: MessageEvent) => void) | null = null;
    readonly #port: MessagePort;

    constructor(
      url: URL,
      { name, deno }: { name: string; deno: { permissions: Deno.PermissionOptionsObject } },
    ) {
      super();
      const { port1, port2 } = new MessageChannel();
      this.#port = port1;
      port1.onmessage = ({ data: { type, data } }) => {
        if (type === "message") this.onmessage?.(new MessageEvent("message", { data }));
        else this.onerror?.(new ErrorEvent("error", { message: data, cancelable: true }));
      };
      const wanted: Wanted = { url: url.href, name, permissions: deno.permissions, port: port2 };
      spawner.postMessage(wanted, [port2]);
    }

    postMessage(data: unknown, transfer: Transferable[] = []) {
      this.#port.postMessage({ type: "message", data }, transfer);
    }

    terminate() {
      this.#port.postMessage({ type: "terminate" });
    }
  };
}

function ioOf({ env, cwd }: Told): Io {
  const stream = (name: "stdout" | "stderr"): OutputStream => ({
    isTerminal: false,
    write: (bytes) => {
      say({ type: "output", stream: name, text: new TextDecoder().decode(bytes) });
      return Promise.resolve();
    },
  });
  return {
    stdin: new ReadableStream(),
    stdinIsTerminal: false,
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    columns: 80,
    env: (name) => env[name],
    cwd: () => cwd,
    uid: () => null,
    clock: () => Date.now(),
  };
}
