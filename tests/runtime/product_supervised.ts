/** A supervisor over the test workers that also have the product's stages. Each of these loads ten times as many modules. */
import type { Supervisor } from "../../runtime/supervisor.ts";
import { groupOf } from "../../home/workers/groups.ts";
import { PRODUCT_TABLES } from "./stages/product_tables.ts";
import { testSupervisor } from "./supervised.ts";

export { localHandle } from "./supervised.ts";

/** Stages share workers as in the product. */
export function productSupervisor(): Supervisor {
  const entry = new URL("./stages/product_worker_entry.ts", import.meta.url);
  return testSupervisor({
    groupOf,
    tables: PRODUCT_TABLES,
    spawn: (name, permissions) =>
      new Worker(entry, { type: "module", name, deno: { permissions } }),
  });
}
