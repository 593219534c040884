/// <reference lib="deno.worker" />
/** Hosts the relay service for its test, and tries accesses that must fail. */
import { definition } from "../../../network/relay/relay_service.ts";
import { definition as verifier } from "../../../verifier/verifier_service.ts";
import type { RelayServer } from "../../../network/relay/relay_server.ts";

let server: RelayServer | undefined;

const tries: Record<string, () => unknown> = {
  readOutside: () => Deno.readTextFileSync(new URL(import.meta.url)),
  connectOutside: () => Deno.connect({ hostname: "127.0.0.1", port: 9 }),
  run: () => new Deno.Command(Deno.execPath()).outputSync(),
  env: () => Deno.env.get("HOME"),
};

self.onmessage = async ({ data: { method, args } }: MessageEvent) => {
  try {
    self.postMessage({ value: await perform(method, args) });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};

async function perform(method: string, args: unknown[]): Promise<unknown> {
  if (method === "start") {
    const context = { clock: Date.now, log: () => {}, count: () => {} };
    server = await definition.start(
      args[0] as never,
      { verifier: await verifier.start() as never },
      context,
    );
    return null;
  }
  if (method === "stop") return await definition.stop!(server!);
  const forbidden = tries[method];
  if (forbidden === undefined) {
    return await (server as unknown as Record<string, (...args: unknown[]) => unknown>)[method]!(
      ...args,
    );
  }
  try {
    await forbidden();
    return "allowed";
  } catch (error) {
    return (error as Error).name;
  }
}
