/** A service that can say whether its options are still in the worker's memory. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { defineService } from "../../../base/service.ts";

/** Its methods. */
export interface Forgetful {
  /** Whether anything still refers to the secret of the options, after a collection. */
  remembers(): Promise<boolean>;
}

interface ForgetfulOptions {
  readonly secret: { readonly text: string };
}

export const definition = defineService({
  name: "forgetful",
  permissions: () => ({}),
  services: ["journal"] as const,
  methods: ["remembers"] as const,
  start({ secret }: ForgetfulOptions, { journal }: { journal: unknown }): Promise<Forgetful> {
    const seen = new WeakRef(secret);
    return Promise.resolve({
      async remembers() {
        setFlagsFromString("--expose-gc");
        const collect = runInNewContext("gc") as () => void;
        // A WeakRef keeps its target until the present turn is over.
        for (let turn = 0; turn < 3; turn++) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          collect();
        }
        return journal !== undefined && seen.deref() !== undefined;
      },
    });
  },
});
