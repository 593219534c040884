/// <reference lib="deno.worker" />
/** Runs the signer as a worker host would, and reports what the worker is denied before, and as soon as the signer has its wallet. */
import "./close_doors.ts";
import { serveRpc } from "../../../base/ports/rpc.ts";
import { storelessDefinition as definition } from "../../../money/signer/signer_definition.ts";
import type { SignerServiceOptions } from "../../../money/signer/signer_service.ts";

type Start = { options: SignerServiceOptions; port: MessagePort; nowMs: number };

self.onmessage = async ({ data }: MessageEvent<Start>) => {
  const { wallet } = data.options;
  // Both exist until the answer arrives.
  const own: [string, () => Promise<unknown>][] = [
    ["its wallet", () => Deno.readTextFile(wallet.identityFile)],
    ["its passphrase", () => Deno.readTextFile((wallet.passphrase as { file: string }).file)],
  ];
  const doors: [string, () => Promise<unknown>][] = [
    ["read", () => Deno.readTextFile("/etc/hostname")],
    ["write", () => Deno.makeTempFile()],
    ["net", () => Deno.connect({ hostname: "127.0.0.1", port: 9 })],
    ["env", () => Promise.resolve(Deno.env.get("HOME"))],
    ["run", () => new Deno.Command("true").output()],
    ["sys", () => Promise.resolve(Deno.uid())],
    ["import", () => import(["file:", "///etc/no_such_module.ts"].join(""))],
  ];
  const all = [...own, ...doors];
  const before = await deniedOf(all);
  try {
    const signer = await definition.start(data.options, {}, { clock: () => data.nowMs });
    const denied = await deniedOf(all);
    for (const name of ["caches", "BroadcastChannel"]) if (!(name in globalThis)) denied.push(name);
    serveRpc(data.port, signer, { methods: definition.methods });
    self.postMessage({ before, denied });
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    self.postMessage({ error: { name, message, code, denied: await deniedOf(all) } });
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
