/// <reference lib="deno.worker" />
/** Runs the signer as a worker host would, without any permission, and reports what it was denied. */
import "./close_doors.ts";
import { serveRpc } from "../../../base/ports/rpc.ts";
import { definition } from "../../../money/signer/signer_definition.ts";
import type { SignerServiceOptions } from "../../../money/signer/signer_service.ts";

type Start = { options: SignerServiceOptions; port: MessagePort; nowMs: number };

self.onmessage = async ({ data }: MessageEvent<Start>) => {
  const denied = await deniedOf([
    ["read", () => Deno.readTextFile("/etc/hostname")],
    ["write", () => Deno.makeTempFile()],
    ["net", () => Deno.connect({ hostname: "127.0.0.1", port: 9 })],
    ["env", () => Promise.resolve(Deno.env.get("HOME"))],
    ["run", () => new Deno.Command("true").output()],
    ["sys", () => Promise.resolve(Deno.hostname())],
    ["import", () => import(["file:", "///etc/no_such_module.ts"].join(""))],
  ]);
  for (const name of ["caches", "BroadcastChannel"]) if (!(name in globalThis)) denied.push(name);
  try {
    const signer = await definition.start(data.options, {}, { clock: () => data.nowMs });
    serveRpc(data.port, signer, { methods: definition.methods });
    self.postMessage({ denied });
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    self.postMessage({ error: { name, message, code } });
  }
};

async function deniedOf(attempts: readonly [string, () => Promise<unknown>][]): Promise<string[]> {
  const denied: string[] = [];
  for (const [name, attempt] of attempts) {
    try {
      await attempt();
    } catch (error) {
      const refused = error instanceof Deno.errors.NotCapable ||
        /^TypeError: Requires read access/.test(String(error));
      if (refused) denied.push(name);
    }
  }
  return denied;
}
