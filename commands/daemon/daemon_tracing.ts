/**
 * The traces of a daemon, if a collector is configured.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { ConfiguredHome } from "../../shell/home/open_home.ts";
import { VERSION } from "../../shell/version.ts";

/** Starts to send the spans of this home's jobs. Does nothing if the configuration names no collector. */
export async function startTracing(
  { supervisor, services: { store } }: ConfiguredHome,
  { get, profile }: Config,
  role: "mayor" | "node",
): Promise<void> {
  const endpoint = get("tracing.endpoint");
  if (endpoint === null) return;
  const about = { role, network: profile.name, pid: Deno.pid, version: VERSION };
  await supervisor.service("tracing", { endpoint, ...about }, { store });
}
