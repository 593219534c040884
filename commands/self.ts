/**
 * How this program starts itself again: the standalone binary by its path, the source with exactly the flags of the task.
 *
 * @module
 */

/** Environment that the program reads; nothing else is readable. */
export const ENV_NAMES: readonly string[] = [
  "HOME",
  "PATH",
  "TMPDIR",
  "NO_COLOR",
  "TERM",
  "GASTOWN_HOME",
  "GASTOWN_MAYOR",
  "GASTOWN_WALLET_ADDRESS",
  "GASTOWN_WALLET_PRIVATE_KEY_ENCRYPTED",
  "GASTOWN_WALLET_PRIVATE_KEY",
  "GASTOWN_ALLOW_UNENCRYPTED_KEYS",
  "GASTOWN_ALLOW_MAINNET",
  "GASTOWN_CROSSTOWN_RELAY_URL",
  "GASTOWN_CROSSTOWN_CONNECTOR_BTP",
  "GASTOWN_BASE_SEPOLIA_RPC",
  "GASTOWN_MAX_CHANNEL_BALANCE_M2M",
  "CROSSTOWN_RELAY_URL",
  "CROSSTOWN_CONNECTOR_BTP",
];

/** The flags of `deno run`, the same as in the task `crosstown` (a test compares them). */
export function runFlags(execPath: string): string[] {
  return [
    "--quiet",
    "--cached-only",
    "--no-prompt",
    "--ignore-env=WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE",
    "--allow-read",
    "--allow-write",
    "--allow-net",
    `--allow-env=${ENV_NAMES.join(",")}`,
    `--allow-run=git,bwrap,sh,${execPath}`,
  ];
}

/** Program and arguments that run `crosstown ARGS` again. */
export function selfCommand(
  args: readonly string[],
): { readonly program: string; readonly args: string[] } {
  const program = Deno.execPath();
  if (Deno.build.standalone) return { program, args: [...args] };
  const cli = new URL("../cli.ts", import.meta.url);
  const config = new URL("../deno.json", import.meta.url);
  return {
    program,
    args: ["run", "--config", fileOf(config), ...runFlags(program), fileOf(cli), ...args],
  };
}

function fileOf(url: URL): string {
  return decodeURIComponent(url.pathname);
}
