/// <reference lib="deno.worker" />
/** Runs the key reader with exactly its permissions, and reports which other accesses were denied. */
import { definition, type KeyReaderOptions } from "../../../money/wallet/key_reader.ts";

self.onmessage = async (
  { data }: MessageEvent<{ options: KeyReaderOptions; other: string }>,
) => {
  const attempts: readonly [string, () => unknown][] = [
    ["other file", () => Deno.readTextFileSync(data.other)],
    ["folder", () => [...Deno.readDirSync(data.other.replace(/\/other$/, ""))]],
    ["network", () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close()],
    ["environment", () => Deno.env.get("HOME")],
    ["write", () => Deno.writeTextFileSync(data.options.identityFile, "")],
  ];
  const denied = attempts.filter(([, attempt]) => isDenied(attempt)).map(([name]) => name);
  const reader = await definition.start(data.options);
  try {
    self.postMessage({ keys: await reader.read(), denied });
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string };
    self.postMessage({ error: `${name} ${code}: ${message}` });
  }
};

function isDenied(attempt: () => unknown): boolean {
  try {
    attempt();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotCapable;
  }
}
