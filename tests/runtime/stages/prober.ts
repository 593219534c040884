/** Test transform: tries everything that its worker must not be able to do, and writes the outcome as known. */
import { type Batch, defineStage, learned } from "../../../stages/stage.ts";

const attempts: Record<string, () => unknown> = {
  read: () => Deno.readTextFile("/etc/hostname"),
  write: () => Deno.writeTextFile("crosstown-denied.txt", ""),
  net: () => Deno.connect({ hostname: "127.0.0.1", port: 9 }),
  fetch: () => fetch("http://127.0.0.1:4999/"),
  listen: () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  run: () => new Deno.Command("true").output(),
  env: () => Deno.env.get("HOME"),
  sys: () => Deno.hostname(),
  ffi: () => Deno.dlopen("none.so", {}),
  import_file: () => import(new URL("./numbers.ts?probe", import.meta.url).href),
  import_npm: () => import(["npm:", "left-pad", "@1.3.0"].join("")),
  caches: () => caches.open("x"),
  broadcast: () => new BroadcastChannel("x"),
};

export const definition = defineStage<unknown, Record<string, never>>({
  name: "prober",
  role: "transform",
  services: [],
  permissions: () => ({}),
  create() {
    return new TransformStream<Batch, Batch>({
      async transform(batch, controller) {
        const found: Record<string, string> = {};
        for (const [name, attempt] of Object.entries(attempts)) {
          try {
            await attempt();
            found[name] = "allowed";
          } catch (error) {
            found[name] = (error as Error).name;
          }
        }
        controller.enqueue(batch.map((item) => learned(item, found)));
      },
    });
  },
});
