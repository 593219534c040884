/**
 * How the program is started by what is installed, as lines of `sh`: `packaging/self_extracting.sh` and the image's `packaging/image.sh` end
 * with them.
 *
 * @module
 */

/**
 * Flags of V8 for commands that only watch, `mayor attach` and `node attach`: no optimizing compiler, heaps that grow slowly, and a `gc` for
 * commands/dashboard/heap_bound.ts. They are flags of the whole process, its workers included, so no command that works gets them. Only what
 * starts the process can give them: V8 reads most of them when it makes its heap.
 */
export const WATCHER_FLAG =
  "--v8-flags=--no-opt,--max-semi-space-size=1,--initial-old-space-size=6,--heap-growing-percent=20,--expose-gc";

/** Where the program lies. Each text is already a word for `sh`. */
interface Installed {
  readonly deno: string;
  /** The folder of `cli.js` and `deno.json`. */
  readonly app: string;
  /** Flags of `deno run`. */
  readonly flags: readonly string[];
}

/** The lines that replace the shell by the program, with the shell's arguments. */
export function startLines({ deno, app, flags }: Installed): string {
  return [
    "# `mayor attach`, `node attach`: a dashboard gets small heaps.",
    "watcher=",
    `case "\${1:-} \${2:-}" in`,
    `"mayor attach" | "node attach") watcher='${WATCHER_FLAG}' ;;`,
    "esac",
    `exec ${deno} run \${watcher:+"$watcher"} --config ${app}/deno.json \\`,
    ...flags.map((flag) => `  ${flag} \\`),
    `  ${app}/cli.js "$@"`,
  ].join("\n");
}
