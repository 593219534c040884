/**
 * The client of the control socket. It needs `--allow-net=unix:PATH` and read and write permission for PATH.
 *
 * @module
 */
import { ControlError, errorFromBody } from "../../base/control_error.ts";
import { decodeMessages, encodeMessage } from "./frames.ts";
import { checkSocketPath } from "./socket_path.ts";
import { LinkedFileError } from "../../base/files/linked_file_error.ts";

const MAX_WAITING = 64;

/** The options of one call. */
interface CallOptions {
  /** Aborts the call and tells the daemon. */
  readonly signal?: AbortSignal;
  /** Called with each progress value, in order. */
  readonly onProgress?: (value: unknown) => void;
}

/** A connection to the daemon of a home. */
export interface ControlClient {
  /** Calls a method. Rejects with the handler's error or with ControlError. */
  call(method: string, params?: unknown, options?: CallOptions): Promise<unknown>;
  /** Closes the connection. Open calls are rejected as `closed`. */
  close(): void;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: ((value: unknown) => void) | undefined;
}

/** Connects to the daemon; ControlError `no_daemon` when none listens there. */
export async function controlClient(path: string): Promise<ControlClient> {
  checkSocketPath(path);
  const socket = await connect(path);
  const writer = socket.writable.getWriter();
  const waiting = new Map<number, Waiting>();
  let next = 1;
  let closed: Error | null = null;

  const end = (error: Error) => {
    if (closed !== null) return;
    closed = error;
    for (const call of waiting.values()) call.reject(error);
    waiting.clear();
    try {
      socket.close();
    } catch {
      // The other side has closed the connection already.
    }
  };
  const receive = (message: Record<string, unknown>) => {
    if (message.id === null && message.error !== undefined) {
      return end(errorFromBody(message.error));
    }
    const call = waiting.get(message.id as number);
    if (call === undefined) return;
    if ("progress" in message) return call.onProgress?.(message.progress);
    waiting.delete(message.id as number);
    if (message.error !== undefined) call.reject(errorFromBody(message.error));
    else call.resolve(message.result);
  };
  const gone = () => new ControlError("closed", "the daemon closed the connection");
  (async () => {
    for await (const message of decodeMessages(socket.readable)) receive(message);
  })().then(
    () => end(gone()),
    (error) => end(error instanceof ControlError ? error : gone()),
  );

  return {
    async call(method, params, options = {}) {
      options.signal?.throwIfAborted();
      if (closed !== null) throw closed;
      if (waiting.size >= MAX_WAITING) {
        throw new ControlError("busy", `${MAX_WAITING} calls wait already`);
      }
      const id = next++;
      const bytes = encodeMessage({ id, method, params });
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      waiting.set(id, { resolve, reject, onProgress: options.onProgress });
      const giveUp = () => {
        if (!waiting.delete(id)) return;
        writer.write(encodeMessage({ id, cancel: true })).catch(() => {});
        reject(options.signal!.reason);
      };
      options.signal?.addEventListener("abort", giveUp, { once: true });
      writer.write(bytes).catch(() => end(gone()));
      try {
        return await promise;
      } finally {
        options.signal?.removeEventListener("abort", giveUp);
      }
    },
    close: () => end(new ControlError("closed", "the connection was closed here")),
  };
}

/** No daemon listens. Of the last one, the daemon closed its socket while the connection waited there. */
const NOBODY = [
  Deno.errors.NotFound,
  Deno.errors.ConnectionRefused,
  Deno.errors.ConnectionReset,
];

async function connect(path: string): Promise<Deno.UnixConn> {
  try {
    const { isSocket, isSymlink } = await Deno.lstat(path);
    if (!isSocket) {
      throw isSymlink
        ? new LinkedFileError(path, "is a symbolic link")
        : new LinkedFileError(path, "is no socket", "not_plain");
    }
    return await Deno.connect({ transport: "unix", path });
  } catch (cause) {
    if (NOBODY.some((each) => cause instanceof each)) {
      throw new ControlError("no_daemon", `no daemon listens on ${path}`, undefined, { cause });
    }
    throw cause;
  }
}
