/** A supervisor over the test workers that also have the product's stages. Each of these loads ten times as many modules. */
import type { Supervisor } from "../../runtime/supervisor.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import { PRODUCT_TABLES } from "./stages/product_tables.ts";

export { localHandle } from "./supervised.ts";

export function productSupervisor(): Supervisor {
  return createSupervisor({
    log: () => {},
    // A busy machine's workers may be silent for long.
    deadMs: 120_000,
    tables: PRODUCT_TABLES,
    spawn: (name, permissions) =>
      new Worker(new URL("./stages/product_worker_entry.ts", import.meta.url), {
        type: "module",
        name,
        deno: { permissions },
      }),
  });
}
