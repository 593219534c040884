/**
 * Runs a command whose main thread is confined: any access without a permission would end the command. So a passed test
 * proves what the main thread needs. This process's own thread only starts the workers that are asked for and carries
 * messages; it
 * prints JSON lines: {@link Said} and {@link Spawned}. It stops the command when its standard input ends.
 */
import type { Said, Told, Wanted } from "./main_thread_worker.ts";

/** The argument of this process. */
export interface Confinement {
  readonly args: readonly string[];
  /** Of the main thread alone. */
  readonly permissions: Deno.PermissionOptionsObject;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** A worker that the command had started. */
export interface Spawned {
  readonly type: "spawned";
  readonly name: string;
  readonly permissions: Deno.PermissionOptionsObject;
}

const { permissions, ...rest } = JSON.parse(Deno.args[0]) as Confinement;
const print = (line: Said | Spawned) => console.log(JSON.stringify(line));

const { port1: spawner, port2 } = new MessageChannel();
spawner.onmessage = ({ data }: MessageEvent<Wanted>) => {
  const { url, name, permissions, port } = data;
  print({ type: "spawned", name, permissions });
  const worker = new Worker(url, { type: "module", name, deno: { permissions } });
  worker.onmessage = (event) =>
    port.postMessage({ type: "message", data: event.data }, [...event.ports]);
  worker.onerror = (event) => {
    event.preventDefault();
    port.postMessage({ type: "error", data: event.message });
  };
  port.onmessage = (event) => {
    if (event.data.type === "terminate") worker.terminate();
    else worker.postMessage(event.data.data, [...event.ports]);
  };
};

const thread = new Worker(new URL("main_thread_worker.ts", import.meta.url), {
  type: "module",
  name: "main thread",
  deno: { permissions },
});
thread.onmessage = ({ data }: MessageEvent<Said>) => {
  print(data);
  if (data.type === "exit") Deno.exit(0);
};
const told: Told = { ...rest, spawner: port2 };
thread.postMessage(told, [port2]);

for await (const _ of Deno.stdin.readable);
thread.postMessage("stop");
