/**
 * SIGHUP. A terminal sends it when it is closed, and the command ends. Without a terminal it tells a daemon to read its settings again.
 *
 * @module
 */

/** Whether a standard stream of this process is a terminal. Under nohup, none is. */
export function isOnTerminal(): boolean {
  return [Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal());
}

/** Calls `action` on each SIGHUP until it is disposed. Does nothing on a terminal, where the signal ends the command. */
export function onHangUp(action: () => void): Disposable {
  if (isOnTerminal() || Deno.build.os === "windows") return { [Symbol.dispose]() {} };
  Deno.addSignalListener("SIGHUP", action);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGHUP", action) };
}
