/**
 * What `doctor --report` writes: enough to diagnose a problem elsewhere, but nothing that is secret or names the user.
 *
 * @module
 */
import { isAbsolute, join } from "../../base/path.ts";
import type { Config } from "../../config/config.ts";
import { builtCommit, VERSION } from "../../shell/version.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import type { Check } from "./check.ts";

/** Writes the report with mode 0600. Throws {@link UsageError} if the file exists. */
export async function writeReport(
  { io }: Invocation,
  file: string,
  checks: readonly Check[],
  config: Config | null,
): Promise<void> {
  const path = isAbsolute(file) ? file : join(io.cwd(), file);
  const text = await reportText(checks, config, {
    userHome: io.env("HOME"),
    at: new Date(io.clock()),
  });
  try {
    await Deno.writeTextFile(path, text, { createNew: true, mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new UsageError(`there is a file ${path} already`, "name another", "file_exists");
  }
}

async function reportText(
  checks: readonly Check[],
  config: Config | null,
  { userHome, at }: { readonly userHome: string | undefined; readonly at: Date },
): Promise<string> {
  const clean = (text: string) => withoutSecrets(text, userHome);
  const settings = config?.explain()
    .filter(({ source }) => source !== "default")
    .map(({ key, value, source }) => ({ key, value: clean(value), source: clean(source) }));
  const report = {
    crosstown: VERSION,
    commit: await builtCommit(),
    deno: Deno.version.deno,
    platform: `${Deno.build.os}-${Deno.build.arch}`,
    at: at.toISOString(),
    network: config?.profile.name ?? null,
    settings: settings ?? [],
    checks: checks.map(({ name, status, message, suggestion }) => ({
      name,
      status,
      message: clean(message),
      suggestion: suggestion === null ? null : clean(suggestion),
    })),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

const URLS = /\b((?:btp\+)?(?:wss?|https?|ssh)):\/\/([^\s/@'"]*@)?([^\s/?#'"]+)[^\s'",;)]*/g;
/** A key, a hash, a signature or a sealed wallet. Its first characters are enough for a diagnosis. */
const LONG = /\b(0x)?(?:[0-9a-fA-F]{40,}|[A-Za-z0-9+/]{48,}={0,2})/g;

/**
 * A text without possible secrets: addresses keep only scheme and host, long digits only their first characters, and `~` replaces the
 * user's folder. Many RPC servers put the user's key into the path of their address.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { withoutSecrets } from "./report.ts";
 *
 * assert.equal(
 *   withoutSecrets("https://me:pass@rpc.example/v2/KEY in /home/me/.gt", "/home/me"),
 *   "https://rpc.example in ~/.gt",
 * );
 * ```
 */
export function withoutSecrets(text: string, userHome: string | undefined): string {
  const short = text.replace(URLS, "$1://$3").replace(LONG, (long) => `${long.slice(0, 10)}...`);
  return userHome === undefined || userHome.length < 2 ? short : short.replaceAll(userHome, "~");
}
