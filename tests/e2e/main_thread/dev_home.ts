/** A home with a dev network in a separate process, with or without its provider. */
import assert from "node:assert/strict";
import { runFlags } from "../../../shell/run_flags.ts";
import { network } from "../process.ts";

/** Folder of the program. */
export const root = new URL("../../../", import.meta.url).pathname.replace(/\/$/, "");

/** The home; its network is taken down and it is removed at the end. */
export interface DevHome extends AsyncDisposable {
  readonly path: string;
  /** Host and port. */
  readonly relay: string;
  /** Host and port. */
  readonly connector: string;
  /** Host and port. */
  readonly rpc: string;
}

/** Brings up the network with its provider, as `dev up` does. */
export async function devHome(): Promise<DevHome> {
  const path = await Deno.makeTempDir({ prefix: "ct-" });
  const { child, output } = spawned(path, [
    ...["dev", "up", "--detach", "--until-stdin-closes"],
    ...["--wire", network.wire],
  ]);
  const up = await output;
  return {
    path,
    relay: hostOf(up.relay_url),
    connector: hostOf(up.connector_btp),
    rpc: hostOf(up.rpc_url),
    async [Symbol.asyncDispose]() {
      await crosstown(path, ["dev", "down"]);
      await child.stdin.close().catch(() => undefined);
      await Deno.remove(path, { recursive: true });
    },
  };
}

/** Starts only the network; the test runs the provider. */
export async function networkHome(): Promise<DevHome> {
  const path = await Deno.makeTempDir({ prefix: "ct-" });
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      ...runFlags(Deno.execPath()),
      `${root}/tests/e2e/main_thread/network_child.ts`,
      path,
      network.wire,
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    assert.equal(done, false, "the network ended before it was up");
    text += value;
  }
  const { relayUrl, connectorBtp, rpcUrl } = JSON.parse(text);
  return {
    path,
    relay: hostOf(relayUrl),
    connector: hostOf(connectorBtp),
    rpc: hostOf(rpcUrl),
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await child.status;
      await reader.cancel();
      await Deno.remove(path, { recursive: true });
    },
  };
}

/** Runs a command on the home to its end, with the task's permissions, and returns its document. */
export async function crosstown(home: string, args: readonly string[]) {
  const { child, output } = spawned(home, args);
  await child.stdin.close();
  return await output;
}

/** The same with a standard input that stays open. */
function spawned(home: string, args: readonly string[]) {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      ...runFlags(Deno.execPath()),
      `${root}/cli.ts`,
      ...args,
      "--output",
      "json",
    ],
    env: { GASTOWN_HOME: home, GASTOWN_MAYOR: "" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return { child, output: documentOf(child) };
}

async function documentOf(child: Deno.ChildProcess) {
  const { code, stdout, stderr } = await child.output();
  const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.equal(code, 0, out + errors);
  return JSON.parse(out);
}

function hostOf(url: string): string {
  return new URL(url.replace(/^btp\+/, "")).host;
}
