/**
 * JSON-RPC calls to the embedded chain, for actions that only the dev network needs: deploy, mint, move the clock. Homes use the chain
 * service instead.
 *
 * @module
 */

/** One call of a batch. */
export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

const TIMEOUT_MS = 10_000;

/** Sends several calls in one request. Returns their results in the order of `calls`. */
export async function rpcBatch(url: string, calls: readonly RpcCall[]): Promise<unknown[]> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(calls.map((call, id) => ({ jsonrpc: "2.0", id, ...call }))),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answers = await response.json() as readonly {
    readonly id: number;
    readonly result?: unknown;
    readonly error?: { readonly message?: unknown };
  }[];
  return calls.map(({ method }, id) => {
    const answer = answers.find((each) => each.id === id);
    if (answer === undefined || answer.error !== undefined) {
      const why = String(answer?.error?.message ?? "no answer").slice(0, 200);
      throw new Error(`Cannot call ${method} of the embedded chain: ${why}`);
    }
    return answer.result;
  });
}

/** Sends one call. */
export async function rpc(url: string, method: string, ...params: unknown[]): Promise<unknown> {
  return (await rpcBatch(url, [{ method, params }]))[0];
}
