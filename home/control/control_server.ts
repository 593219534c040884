/**
 * The daemon's side of its owner-only socket: JSON requests with ids, answers, and progress in between.
 *
 * A request is `{ id, method, params }`, its answer `{ id, result }` or `{ id, error }`, and its progress `{ id, progress }`. The caller
 * aborts a call with `{ id, cancel: true }` or by closing the connection. Held: 64 connections with 64 calls each. A further call is
 * refused as `busy`. A further connection is refused too, unless another connection has no open call: then the oldest such connection is
 * closed. If a caller does not read its refusals, the server stops reading from it. At most 256 progress lines wait for a slow reader;
 * further ones are dropped. Answers are never dropped.
 * A worker that serves needs `net: ["unix:PATH"]` and read and write permission for PATH, nothing else.
 *
 * @module
 */
import { ControlError, errorBody } from "../../base/control_error.ts";
import { decodeMessages, encodeMessage } from "./frames.ts";
import { checkSocketFolder, checkSocketPath } from "./socket_path.ts";

const MAX_CONNECTIONS = 64;
const MAX_CALLS = 64;
const MAX_PROGRESS = 256;
/** How long answers may take to be sent when the server closes, in milliseconds. */
const CLOSE_MS = 1_000;

/** The other arguments of a handler. */
interface ControlCall {
  /** Aborted when the caller cancels or disconnects, and when the server closes. */
  readonly signal: AbortSignal;
  /** Sends one progress value. It is dropped if the caller reads too slowly. */
  readonly progress: (value: unknown) => void;
}

/** The handler of one method. Its result must have a JSON form; bigints become decimal strings. */
export type ControlHandler = (params: unknown, call: ControlCall) => unknown;

/** The options of {@link serveControl}. */
interface ControlServerOptions {
  /** Absolute path of the socket, in a folder of mode 0700. The caller must hold the store's lock, so that only one daemon serves it. */
  readonly path: string;
  /** The methods by name. */
  readonly handlers: Readonly<Record<string, ControlHandler>>;
  /** Closes the server. */
  readonly signal?: AbortSignal;
}

/** A running server. */
interface ControlServer {
  /** Open connections. */
  readonly connections: number;
  /** Aborts running calls, waits at most 1 s for their answers, closes all connections and removes the socket. */
  close(): Promise<void>;
}

/**
 * Serves until closed. Replaces a socket file without a listener.
 *
 * @throws ControlError `in_use` when a daemon answers there, `path_too_long`, `loose_folder`
 */
export async function serveControl(options: ControlServerOptions): Promise<ControlServer> {
  options.signal?.throwIfAborted();
  checkSocketPath(options.path);
  await checkSocketFolder(options.path);
  const listener = await listen(options.path);
  await Deno.chmod(options.path, 0o600);
  const open = new Set<Connection>();

  const accepting = (async () => {
    // The loop ends when the listener is closed. An error of one connection affects only that connection.
    for await (const socket of listener) {
      if (open.size >= MAX_CONNECTIONS) {
        // Without this, callers that send nothing would lock every command out of its own home.
        const [idle] = [...open].filter((connection) => connection.idle);
        if (idle === undefined) {
          refuse(socket);
          continue;
        }
        open.delete(idle);
        void idle.finish();
      }
      const connection = serveConnection(socket, options.handlers);
      open.add(connection);
      connection.done.finally(() => open.delete(connection));
    }
  })().catch(() => {});

  let closing: Promise<void> | null = null;
  const close = () =>
    closing ??= (async () => {
      options.signal?.removeEventListener("abort", close);
      listener.close();
      await accepting;
      await Promise.all([...open].map((connection) => connection.finish()));
    })();
  options.signal?.addEventListener("abort", close, { once: true });
  return {
    get connections() {
      return open.size;
    },
    close,
  };
}

async function listen(path: string): Promise<Deno.Listener<Deno.UnixConn>> {
  try {
    return Deno.listen({ transport: "unix", path });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
  }
  if (!(await Deno.lstat(path)).isSocket) {
    throw new ControlError("in_use", `${path} exists and is not a socket`, "move it away");
  }
  if (await answers(path)) {
    throw new ControlError(
      "in_use",
      `a daemon answers on ${path} already`,
      "stop it first, e.g. with 'crosstown node down' or 'crosstown mayor down'",
    );
  }
  await Deno.remove(path);
  return Deno.listen({ transport: "unix", path });
}

async function answers(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused || error instanceof Deno.errors.NotFound) {
      return false;
    }
    throw error;
  }
}

async function refuse(socket: Deno.UnixConn): Promise<void> {
  const writer = socket.writable.getWriter();
  const error = new ControlError("busy", `the daemon has ${MAX_CONNECTIONS} connections already`);
  await writer.write(encodeMessage({ id: null, error: errorBody(error) })).catch(() => {});
  await writer.close().catch(() => {});
}

interface Connection {
  /** True if no call is running. */
  readonly idle: boolean;
  /** Settles when the caller has disconnected. */
  readonly done: Promise<void>;
  /** Aborts the calls, sends their answers, and closes. */
  readonly finish: () => Promise<void>;
}

function serveConnection(
  socket: Deno.UnixConn,
  handlers: ControlServerOptions["handlers"],
): Connection {
  const calls = new Map<number, AbortController>();
  const running = new Set<Promise<void>>();
  const writer = socket.writable.getWriter();
  let progressWaiting = 0;
  let gone = false;

  const close = () => {
    if (gone) return;
    gone = true;
    for (const call of calls.values()) {
      call.abort(new ControlError("closed", "the caller has gone"));
    }
    try {
      socket.close();
    } catch {
      // The other side has closed the connection already.
    }
  };
  const send = (message: unknown): Promise<void> =>
    gone ? Promise.resolve() : writer.write(encodeMessage(message)).catch(close);
  const answer = (id: number | null, body: { result: unknown } | { error: unknown }) => {
    try {
      return send({ id, ...body });
    } catch (error) {
      return send({ id, error: errorBody(error) });
    }
  };

  const run = async (id: number, method: unknown, params: unknown) => {
    const abort = new AbortController();
    calls.set(id, abort);
    const progress = (value: unknown) => {
      if (gone || abort.signal.aborted || progressWaiting >= MAX_PROGRESS) return;
      progressWaiting++;
      send({ id, progress: value ?? null }).finally(() => progressWaiting--);
    };
    try {
      if (typeof method !== "string" || !Object.hasOwn(handlers, method)) {
        throw new ControlError(
          "no_method",
          `the daemon has no method ${String(method).slice(0, 64)}`,
        );
      }
      const result = await handlers[method](params, { signal: abort.signal, progress });
      await answer(id, { result: result ?? null });
    } catch (error) {
      await answer(id, { error: errorBody(error) });
    } finally {
      calls.delete(id);
    }
  };

  /** Returns a promise if reading must wait for it. */
  const take = (message: Record<string, unknown>): Promise<void> | undefined => {
    const { id, method, params, cancel } = message;
    if (!Number.isSafeInteger(id)) {
      throw new ControlError("bad_frame", "a request needs an id that is a whole number");
    }
    const known = calls.get(id as number);
    if (cancel === true) {
      known?.abort(new ControlError("aborted", "given up by the caller"));
      return;
    }
    if (known !== undefined) throw new ControlError("bad_frame", `id ${id} is under way already`);
    if (calls.size >= MAX_CALLS) {
      const error = new ControlError("busy", `${MAX_CALLS} calls are under way already`);
      return answer(id as number, { error: errorBody(error) });
    }
    const call = run(id as number, method, params).finally(() => running.delete(call));
    running.add(call);
  };

  const done = (async () => {
    try {
      for await (const message of decodeMessages(socket.readable)) await take(message);
    } catch (error) {
      if (error instanceof ControlError) await answer(null, { error: errorBody(error) });
    } finally {
      close();
    }
  })();
  const finish = async () => {
    for (const call of calls.values()) call.abort(new ControlError("closed", "the daemon stops"));
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, CLOSE_MS);
    await Promise.race([Promise.all(running), late.promise]);
    clearTimeout(timer);
    close();
    await done;
  };
  return {
    get idle() {
      return calls.size === 0;
    },
    done,
    finish,
  };
}
