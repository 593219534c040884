/// <reference lib="deno.worker" />
/**
 * A worker with exactly the permissions of a skill host, for host_test.ts.
 *
 * @module
 */
import { ciRun } from "../../skills/builtin/ci_run/ci_run.ts";
import { echo } from "../../skills/builtin/echo.ts";
import { createSkillHost } from "../../skills/host/host.ts";
import { createSkillRegistry } from "../../skills/catalog/registry.ts";

self.onmessage = async ({ data }) => {
  const host = createSkillHost({
    ...data.options,
    registry: createSkillRegistry({
      approvals: null,
      builtin: [echo, ciRun(data.options)],
      folders: data.options.folders,
    }),
    env: () => undefined,
    clock: Date.now,
  });
  const outcomes = [];
  for (const request of data.requests) outcomes.push(await host.runKind(request));
  const denied: string[] = [];
  for (
    const [name, act] of Object.entries({
      net: () => Deno.connect({ hostname: "127.0.0.1", port: 1 }),
      env: () => Deno.env.get("HOME"),
      read: () => Deno.readTextFile("/etc/passwd"),
      write: () => Deno.writeTextFile("/tmp/crosstown-denied", ""),
      run: () => new Deno.Command("/bin/ls").output(),
    })
  ) {
    try {
      await act();
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) denied.push(name);
    }
  }
  self.postMessage({ outcomes, denied });
};
