/**
 * Calls over a `MessagePort`: one side serves the methods of an implementation, the other gets an object that looks like it.
 *
 * A request is `{ call, method, args }`, an answer `{ answer, value }` or `{ answer, error }`; `{ bye }` says that the server
 * is gone, `{ moved }` that it has answered all that it took, and that whatever was not answered is to be asked again at the port that comes
 * with it. Until a call is answered, its caller does not change what it gave. Held: at most `maxWaiting` calls on each side; one more is refused with RpcError `busy`, nothing is queued.
 * A port never reports a dead peer, so whoever supervises closes the client, which then rejects all that waits.
 *
 * @module
 */
import { crossesPorts } from "./error_classes.ts";
import { flattenError, rebuildError } from "./wire_error.ts";

/** What {@link serveRpc} gives back. */
export interface RpcServer {
  /** Calls that are being worked on. */
  readonly waiting: number;
  /** Calls that came so far. */
  readonly taken: number;
  /** Sends the client to another port. Only while no call is being worked on. */
  move(to: MessagePort): void;
  /** Says bye, so that the other side rejects what waits, and closes the port. */
  close(): void;
}

/** Bounds of either side, and what a client does first. */
interface RpcLimits {
  /** Calls under way at once, 4,096 unless told. */
  readonly maxWaiting?: number;
  /** Called before a client's first call, and before its first one at each further port. It starts the service. */
  readonly wake?: () => void;
  /** Told of each call, on a client before it leaves, on a server before it is worked on: for who counts them. */
  readonly called?: (method: string) => void;
}

/** A client: the methods, and a way to end it. */
export type RpcClient<T> = T & { [Symbol.dispose](): void };

/** A call that is not answered. */
interface Waiting extends PromiseWithResolvers<unknown> {
  readonly method: string;
  readonly args: unknown[];
}

const DEFAULT_MAX_WAITING = 4096;

/** Serves exactly `methods` of `implementation`; every other name is answered with RpcError `no_method`. */
export function serveRpc(
  port: MessagePort,
  implementation: object,
  options: RpcLimits & { readonly methods: readonly string[] },
): RpcServer {
  const { methods, maxWaiting = DEFAULT_MAX_WAITING, called } = options;
  const offered = new Set(methods);
  let [waiting, taken] = [0, 0];
  let closed = false;

  const reply = (answer: number, body: { value: unknown } | { error: unknown }) => {
    if (closed) return;
    try {
      port.postMessage(
        "error" in body
          ? { answer, error: flattenError(body.error) }
          : { answer, value: body.value },
      );
    } catch (error) {
      port.postMessage({ answer, error: flattenError(error) });
    }
  };

  const serve = async (call: number, method: string, args: unknown[]) => {
    if (!offered.has(method)) {
      const error = new RpcError("no_method", `Cannot call ${method.slice(0, 64)}: not offered`);
      return reply(call, { error });
    }
    if (waiting >= maxWaiting) {
      const error = new RpcError("busy", `Cannot call ${method}: ${waiting} calls under way`);
      return reply(call, { error });
    }
    waiting++;
    called?.(method);
    try {
      const target = implementation as Record<string, (...args: unknown[]) => unknown>;
      reply(call, { value: await target[method](...args) });
    } catch (error) {
      reply(call, { error });
    } finally {
      waiting--;
    }
  };

  port.onmessage = ({ data }) => {
    if (typeof data !== "object" || data === null) return;
    const { call, method, args } = data as Record<string, unknown>;
    if (!Number.isSafeInteger(call) || typeof method !== "string" || !Array.isArray(args)) return;
    if (closed) return;
    taken++;
    serve(call as number, method, args);
  };
  return {
    get waiting() {
      return waiting;
    },
    get taken() {
      return taken;
    },
    move(to) {
      if (closed) return to.close();
      port.postMessage({ moved: true, to }, [to]);
      closed = true;
      port.close();
    },
    close() {
      if (closed) return;
      port.postMessage({ bye: true });
      closed = true;
      port.close();
    },
  };
}

/**
 * The other side's methods as an object. Without `methods` any name can be called. Errors are of the class that was thrown, where this
 * side knows it (error_classes.ts), else RemoteErrors with the name, code and message that they had; RpcError `closed` and `busy` are this side's own.
 */
export function rpcClient<T extends object>(
  first: MessagePort,
  methods?: readonly string[],
  limits: RpcLimits = {},
): RpcClient<T> {
  const { maxWaiting = DEFAULT_MAX_WAITING, called } = limits;
  const waiting = new Map<number, Waiting>();
  let port = first;
  let next = 0;
  let closed = false;
  let { wake } = limits;

  const close = () => {
    closed = true;
    port.close();
    for (const call of waiting.values()) {
      call.reject(new RpcError("closed", "Cannot finish the call: the port was closed"));
    }
    waiting.clear();
  };
  const invoke = (method: string) => (...args: unknown[]): Promise<unknown> => {
    if (closed) return Promise.reject(new RpcError("closed", `Cannot call ${method}: port closed`));
    if (waiting.size >= maxWaiting) {
      const message = `Cannot call ${method}: ${waiting.size} calls wait already`;
      return Promise.reject(new RpcError("busy", message));
    }
    const id = next++;
    const call = { method, args, ...Promise.withResolvers<unknown>() };
    waiting.set(id, call);
    called?.(method);
    ask(id, call);
    return call.promise;
  };
  const ask = (id: number, call: Waiting) => {
    wake?.();
    wake = undefined;
    try {
      port.postMessage({ call: id, method: call.method, args: call.args });
    } catch (error) {
      waiting.delete(id);
      call.reject(error);
    }
  };

  const hear = ({ data }: MessageEvent) => {
    if (typeof data !== "object" || data === null) return;
    if (data.bye === true) return close();
    if (data.moved === true && data.to instanceof MessagePort) {
      port.close();
      port = data.to;
      port.onmessage = hear;
      wake = limits.wake;
      for (const [id, call] of waiting) ask(id, call);
      return;
    }
    const call = waiting.get(data.answer);
    if (call === undefined) return;
    waiting.delete(data.answer);
    if ("error" in data) call.reject(rebuildError(data.error));
    else call.resolve(data.value);
  };
  port.onmessage = hear;

  const offered = methods === undefined ? null : new Set(methods);
  const made = new Map<string, unknown>();
  return new Proxy({} as RpcClient<T>, {
    get(_target, property) {
      if (property === Symbol.dispose) return close;
      // A client that is awaited by mistake must not look like a promise.
      if (typeof property !== "string" || property === "then") return undefined;
      if (offered !== null && !offered.has(property)) return undefined;
      let method = made.get(property);
      if (method === undefined) made.set(property, method = invoke(property));
      return method;
    },
  });
}

/** A call that did not reach its method. */
export class RpcError extends Error {
  /** Always `RpcError`. */
  override readonly name = "RpcError";
  /** `closed`: the port is gone. `busy`: too many calls wait. `no_method`: not offered. */
  readonly code: "closed" | "busy" | "no_method";
  /** Makes a refusal with its code. */
  constructor(code: RpcError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

crossesPorts("RpcError", ({ code, message }) => new RpcError(code as RpcError["code"], message));
