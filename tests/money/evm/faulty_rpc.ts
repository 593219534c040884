/** A JSON-RPC server in front of a real node. It fails as a test tells it, and counts its calls. */

/** One call as it came. */
export interface SeenCall {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What the address does with a request: `forward` asks the node behind it. */
export type Fault = (
  calls: readonly SeenCall[],
  forward: () => Promise<unknown>,
  /** Settles when the address is shut down. */
  end: Promise<void>,
) => Promise<Response> | Response;

/** A running address. */
export interface FaultyRpc extends AsyncDisposable {
  readonly url: string;
  /** Null: the answer of the node behind it. */
  fault: Fault | null;
  /** Methods in the order in which they were asked for. */
  readonly seen: SeenCall[];
  /** HTTP requests. */
  requests: number;
  /** The node behind it, which may be replaced. */
  target: string;
  /** Headers of the last request. */
  headers: Headers | null;
}

/** Starts the address on a free port of the loopback. */
export function faultyRpc(target: string): FaultyRpc {
  const end = Promise.withResolvers<void>();
  const forward = async (body: string): Promise<unknown> => {
    const response = await fetch(rpc.target, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    return await response.json();
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const body = await request.text();
      const parsed = JSON.parse(body);
      const calls: SeenCall[] = Array.isArray(parsed) ? parsed : [parsed];
      rpc.requests += 1;
      rpc.headers = request.headers;
      rpc.seen.push(...calls);
      if (rpc.fault !== null) return await rpc.fault(calls, () => forward(body), end.promise);
      return Response.json(await forward(body));
    },
  );
  const rpc: FaultyRpc = {
    url: `http://127.0.0.1:${server.addr.port}`,
    fault: null,
    seen: [],
    requests: 0,
    target,
    headers: null,
    [Symbol.asyncDispose]() {
      end.resolve();
      return server.shutdown();
    },
  };
  return rpc;
}

/** Answers each call of a method with a given answer, and lets the node answer all others, and those with a null answer. */
export function answering(
  method: string,
  answer: (call: SeenCall) => Record<string, unknown> | null,
): Fault {
  return async (calls, forward) => {
    const real = await forward();
    const answers = (Array.isArray(real) ? real : [real]) as { id: number }[];
    const changed = answers.map((found) => {
      const call = calls.find(({ id }) => id === found.id)!;
      const told = call.method === method ? answer(call) : null;
      return told === null ? found : { jsonrpc: "2.0", id: call.id, ...told };
    });
    return Response.json(Array.isArray(real) ? changed : changed[0]);
  };
}
