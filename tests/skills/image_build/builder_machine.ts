/**
 * What tests of image builds share: the engine of this machine, and contexts.
 *
 * @module
 */
import { gzip, writeTar } from "../../../protocols/tar/tar_writer.ts";
import { findBuilder } from "../../../skills/sandbox/builder.ts";
import type { Builder } from "../../../skills/sandbox/emulators.ts";
import { sandbox, tools } from "../machine.ts";

/** The platform of this machine. */
export const PLATFORM = Deno.build.arch === "aarch64" ? "linux/arm64" : "linux/amd64";

/** Another machine's. */
export const FOREIGN = PLATFORM === "linux/amd64" ? "linux/arm64" : "linux/amd64";

/** The image builder of this machine; null if there is none. */
export const builder: Builder | null = await findBuilder(tools, sandbox, {
  platform: PLATFORM,
  scratch: Deno.env.get("TMPDIR") ?? "/tmp",
  images: "/nonexistent",
}, Date.now);

/** For the name of a test that needs an engine. */
export const noBuilder = builder === null
  ? { ignore: true, why: " (ignored: no buildah that works in a sandbox)" }
  : { ignore: false, why: "" };

/** For the name of a test that needs an emulator. */
export const noEmulator = builder?.platforms.some(({ platform }) => platform === FOREIGN)
  ? { ignore: false, why: "" }
  : { ignore: true, why: ` (ignored: no emulator of ${FOREIGN} works here)` };

/** Tags of a request with these files as its context. */
export async function contextTags(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string[][]> {
  const entries = Object.entries(files).map(([path, content]) => ({
    path,
    type: "file" as const,
    executable: true,
    target: "",
    bytes: typeof content === "string" ? new TextEncoder().encode(content) : content,
  }));
  const tar = await gzip(await writeTar(entries));
  return [
    ["i", tar.toBase64(), "text"],
    ["param", "encoding", "base64"],
    ["param", "mime", "application/gzip"],
  ];
}

/** The files of the project `fixtures/projects/hello`. */
export async function helloFiles(): Promise<Record<string, string | Uint8Array>> {
  const at = (name: string) => new URL(`../../../fixtures/projects/hello/${name}`, import.meta.url);
  return {
    "Dockerfile": await Deno.readTextFile(at("Dockerfile")),
    "bin/hello-amd64": await Deno.readFile(at("bin/hello-amd64")),
    "bin/hello-arm64": await Deno.readFile(at("bin/hello-arm64")),
  };
}
