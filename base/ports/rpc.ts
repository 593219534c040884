/**
 * Calls over a `MessagePort`: one side serves the methods of an implementation, the other gets an object with these methods.
 *
 * The messages of one turn travel together (post_together.ts). A request is `{ call, method, args }`, an answer is `{ answer, value }` or
 * `{ answer, error }`. `{ bye }` says that the server has ended.
 * `{ moved }` says that the server has answered every call that it accepted, and that the client must repeat unanswered calls at the port
 * in the message. `{ mark }` asks whether the server has received all earlier calls, and is answered with itself. A caller must not change its
 * arguments until the call is answered. A method must not change a value after it returned it, because values are copied when the turn
 * ends. Nobody may change a value that it received, because calls of one turn may share it.
 *
 * Held: at most `maxWaiting` calls on each side; further ones are refused with RpcError `busy`, and
 * nothing is queued. A port never reports that its other end is dead, so the supervisor closes the client, which then rejects all waiting
 * calls.
 *
 * @module
 */
import { crossesPorts } from "./error_classes.ts";
import { messagesOf, postTogether } from "./post_together.ts";
import { flattenError, rebuildError } from "./wire_error.ts";

/** The result of {@link serveRpc}. */
export interface RpcServer {
  /** Number of calls in progress. */
  readonly waiting: number;
  /** Number of calls received so far. */
  readonly taken: number;
  /** Moves the client to another port. Only while no call is in progress. */
  move(to: MessagePort): void;
  /** Sends `bye`, so that the other side rejects waiting calls, and closes the port. */
  close(): void;
}

/** Limits of either side, and callbacks. */
interface RpcLimits {
  /** The most calls in progress; default 4,096. */
  readonly maxWaiting?: number;
  /** Called before a client's first call, and before its first call at each further port. It starts the service. */
  readonly wake?: () => void;
  /** Called for each call, to count them: on a client before the call leaves, on a server before the call is served. */
  readonly called?: (method: string) => void;
}

/** A client: the methods, a method that ends it, and one that waits until the server has received every call. */
export type RpcClient<T> = T & { [Symbol.dispose](): void; [RECEIVED](): Promise<void> };

/**
 * The method of a client that resolves when the server has received every call that was made before, or has ended. A client that is to end
 * waits for it: the port is closed on the server's side, where calls that nobody has read would be lost.
 */
export const RECEIVED: unique symbol = Symbol("received");

/** A call without an answer. */
interface Waiting extends PromiseWithResolvers<unknown> {
  readonly method: string;
  readonly args: unknown[];
}

const DEFAULT_MAX_WAITING = 4096;

/** Serves exactly `methods` of `implementation`. Any other name gets RpcError `no_method`. */
export function serveRpc(
  port: MessagePort,
  implementation: object,
  options: RpcLimits & { readonly methods: readonly string[] },
): RpcServer {
  const { methods, maxWaiting = DEFAULT_MAX_WAITING, called } = options;
  const offered = new Set(methods);
  let [waiting, taken] = [0, 0];
  let closed = false;
  const answers = postTogether(() => port);

  const reply = (answer: number, body: { value: unknown } | { error: unknown }) => {
    if (closed) return;
    if ("error" in body) return answers.post({ answer, error: flattenError(body.error) });
    answers.post(
      { answer, value: body.value },
      (error) => port.postMessage({ answer, error: flattenError(error) }),
    );
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

  const hear = (message: unknown) => {
    if (closed || typeof message !== "object" || message === null) return;
    const { call, method, args, mark } = message as Record<string, unknown>;
    if (mark !== undefined) return answers.post({ mark });
    if (!Number.isSafeInteger(call) || typeof method !== "string" || !Array.isArray(args)) return;
    taken++;
    serve(call as number, method, args);
  };
  port.onmessage = ({ data }) => messagesOf(data).forEach(hear);
  return {
    get waiting() {
      return waiting;
    },
    get taken() {
      return taken;
    },
    move(to) {
      if (closed) return to.close();
      answers.flush();
      port.postMessage({ moved: true, to }, [to]);
      closed = true;
      port.close();
    },
    close() {
      if (closed) return;
      answers.flush();
      port.postMessage({ bye: true });
      closed = true;
      port.close();
    },
  };
}

/**
 * The other side's methods as an object. Without `methods`, any name can be called. An error has the class that was thrown if this side
 * knows it (error_classes.ts); otherwise it is a RemoteError with the same name, code and message. RpcError `closed` and `busy` come from
 * this side.
 */
export function rpcClient<T extends object>(
  first: MessagePort,
  methods?: readonly string[],
  limits: RpcLimits = {},
): RpcClient<T> {
  const { maxWaiting = DEFAULT_MAX_WAITING, called } = limits;
  const waiting = new Map<number, Waiting>();
  const marks = new Map<number, () => void>();
  let port = first;
  let next = 0;
  let closed = false;
  let { wake } = limits;
  const calls = postTogether(() => port);

  const close = () => {
    if (!closed) calls.flush();
    closed = true;
    port.close();
    for (const call of waiting.values()) {
      call.reject(new RpcError("closed", "Cannot finish the call: the port was closed"));
    }
    waiting.clear();
    received(next);
  };
  const received = (before: number) => {
    for (const [mark, resolve] of marks) {
      if (mark > before) continue;
      resolve();
      marks.delete(mark);
    }
  };
  /** Calls that were answered were received. */
  const untilReceived = () =>
    new Promise<void>((resolve) => {
      if (closed || waiting.size === 0) return resolve();
      const mark = next++;
      marks.set(mark, resolve);
      calls.post({ mark });
    });
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
    calls.post({ call: id, method: call.method, args: call.args }, (error) => {
      waiting.delete(id);
      call.reject(error);
    });
  };

  const hear = (message: unknown) => {
    if (closed || typeof message !== "object" || message === null) return;
    const { bye, moved, to, mark, answer, ...body } = message as Record<string, unknown>;
    if (bye === true) return close();
    if (moved === true && to instanceof MessagePort) {
      // Calls that were not sent yet are among those that wait.
      calls.drop();
      port.close();
      port = to;
      port.onmessage = listen;
      wake = limits.wake;
      for (const [id, call] of waiting) ask(id, call);
      if (waiting.size === 0) received(next);
      for (const mark of marks.keys()) calls.post({ mark });
      return;
    }
    if (mark !== undefined) return received(mark as number);
    const call = waiting.get(answer as number);
    if (call === undefined) return;
    waiting.delete(answer as number);
    if ("error" in body) call.reject(rebuildError(body.error));
    else call.resolve(body.value);
  };
  const listen = ({ data }: MessageEvent) => messagesOf(data).forEach(hear);
  port.onmessage = listen;

  const offered = methods === undefined ? null : new Set(methods);
  const made = new Map<string, unknown>();
  return new Proxy({} as RpcClient<T>, {
    get(_target, property) {
      if (property === Symbol.dispose) return close;
      if (property === RECEIVED) return untilReceived;
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
  /** `closed`: the port was closed. `busy`: too many calls wait. `no_method`: the method is not offered. */
  readonly code: "closed" | "busy" | "no_method";
  /** Makes an error with its code. */
  constructor(code: RpcError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

crossesPorts<RpcError>("RpcError", ({ code, message }) => new RpcError(code, message));
