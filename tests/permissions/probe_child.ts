/** Starts a worker for each grant in its argument and prints as JSON what each could do. The process itself has the task's permissions. */
import { workerPermissions } from "../../runtime/permissions.ts";
import type { DeclaredPermissions } from "../../base/service.ts";
import type { Attempt } from "./probe_worker.ts";

/** A worker to try. */
export interface Probe {
  readonly granted: DeclaredPermissions;
  readonly attempts: readonly Attempt[];
}

const probes = JSON.parse(await new Response(Deno.stdin.readable).text()) as Probe[];
const found = await Promise.all(
  probes.map(({ granted, attempts }) =>
    new Promise<string[]>((resolve, reject) => {
      const worker = new Worker(new URL("probe_worker.ts", import.meta.url), {
        type: "module",
        deno: { permissions: workerPermissions(granted) },
      });
      worker.onmessage = ({ data }) => data.type === "probed" && resolve(data.found);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage({ type: "probe", attempts });
    })
  ),
);
console.log(JSON.stringify(found));
Deno.exit(0);
