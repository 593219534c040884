/** Test transform with a local service. */
import { type Batch, defineStage, learned } from "../../../stages/stage.ts";
import type { Greeting } from "./greeting.ts";

export const definition = defineStage<unknown, { greeting: Greeting }>({
  name: "greeter",
  role: "transform",
  services: ["greeting"],
  permissions: () => ({}),
  create(_options, { greeting }) {
    return new TransformStream<Batch, Batch>({
      async transform(batch, controller) {
        const out = [];
        for (const item of batch) {
          out.push(learned(item, { greeting: await greeting.greet(String(item.known.number)) }));
        }
        controller.enqueue(out);
      },
    });
  },
});
