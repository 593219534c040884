/**
 * Adds our lines to the `info/exclude` of the repository around ours, in a worker that may touch that folder alone.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import { dirname } from "node:path";

/** What the worker is told. */
interface ExcludeOptions {
  /** Absolute path of `info/exclude`. */
  readonly file: string;
}

/** The service. */
interface OuterExclude {
  /** Whether any was added: it was not there. */
  add(): Promise<boolean>;
}

/** The service's definition. */
export const definition = defineService({
  name: "outer-exclude",
  methods: ["add"] as const,
  permissions: (
    { file }: ExcludeOptions,
  ): { readonly read: string[]; readonly write: string[] } => ({
    read: [dirname(file)],
    write: [dirname(file)],
  }),
  async start({ file }: ExcludeOptions): Promise<OuterExclude> {
    const { addExclude } = await import("./outer_exclude.ts");
    return { add: () => addExclude(file) };
  },
});
