/**
 * This machine's platform, as jobs and providers name it.
 *
 * @module
 */

const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64" };

/** `linux/amd64`, `darwin/arm64`... */
export function ownPlatform(
  build: { readonly os: string; readonly arch: string } = Deno.build,
): string {
  return `${build.os}/${ARCHITECTURES[build.arch] ?? build.arch}`;
}
