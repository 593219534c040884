/**
 * A service that adds our lines to the `info/exclude` of the repository around ours. Its worker may access only that folder.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import { dirname } from "../../base/path.ts";

/** Options of the worker. */
interface ExcludeOptions {
  /** Absolute path of `info/exclude`. */
  readonly file: string;
}

/** The service. */
interface OuterExclude {
  /** Adds the lines; false if they were already there. */
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
