/** What a caller gets of a service follows from its definition: this file does not compile where that is not so. */
import assert from "node:assert/strict";
import type { Signer } from "../../money/signer/signer.ts";
import type { OptionsOf, ServiceOf, ServiceTable } from "../../runtime/typed_services.ts";
import type { SERVICES } from "../../home/workers/tables.ts";
import { createSupervisor, type Supervisor } from "../../home/workers/supervisor.ts";
import type { Store } from "../../store/store.ts";

type Services = typeof SERVICES;
type Same<A, B> = [A] extends [B] ? [B] extends [A] ? true : false : false;

Deno.test("a client has the methods of its service's definition, and no others", () => {
  const isStore: Same<ServiceOf<Services, "store">, Store> = true;
  const lacksClose: "close" extends keyof ServiceOf<Services, "store"> ? false : true = true;
  const signs: ServiceOf<Services, "signer-keys"> extends Pick<Signer, "identity"> ? true : false =
    true;
  const takesFolder: OptionsOf<Services, "store">["folder"] = "/home/me/.gt/state";
  const isTable: Services extends ServiceTable ? true : false = true;
  assert.deepEqual([isStore, lacksClose, signs, isTable], [true, true, true, true]);
  assert.equal(typeof takesFolder, "string");
});

Deno.test("a service that is not in the table, or options that it does not take, do not compile", async () => {
  const started = async (supervisor: Supervisor) => {
    // @ts-expect-error there is no such service
    await supervisor.service("stores").catch(() => undefined);
    // @ts-expect-error a folder is a text
    const store = await supervisor.service("store", { folder: 1 }).catch(() => null);
    // @ts-expect-error only the host ends a store
    return store?.client().close;
  };
  const supervisor = createSupervisor({ log: () => undefined, deadMs: 120_000 });
  try {
    assert.equal(typeof started, "function");
  } finally {
    await supervisor.stop(0);
  }
});
