/**
 * Finds the names of a home's skills, which `--callback` may name. It searches no tools and runs nothing.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import { BUILTIN_NAMES } from "../builtin/builtin_skills.ts";
import { createSkillRegistry } from "./registry.ts";
import type { SkillProblem } from "./skill_folder.ts";

/** The options of the service. */
interface SkillNamesOptions {
  /** Folders of skill folders; they may be missing. */
  readonly folders: readonly string[];
  /** The files of approvals (see RegistryOptions). */
  readonly approvals: readonly string[];
}

/** The service's method. */
interface SkillNames {
  look(): Promise<{
    readonly names: readonly string[];
    readonly problems: readonly SkillProblem[];
  }>;
}

/** For the host: the service `skill-names`. */
export const definition = defineService({
  name: "skill-names",
  methods: ["look"] as const,
  permissions: (
    { folders, approvals }: SkillNamesOptions,
  ): { readonly read: readonly string[] } => ({
    read: [...folders, ...approvals],
  }),
  start: ({ folders, approvals }: SkillNamesOptions): Promise<SkillNames> =>
    Promise.resolve({
      async look() {
        const { skills, problems } = await createSkillRegistry({ builtin: [], folders, approvals })
          .scan();
        // A judge gets answers and no event.
        const callable = skills.filter(({ manifest }) => manifest.judges !== true);
        const names = [...BUILTIN_NAMES, ...callable.map(({ manifest }) => manifest.name)];
        return { names, problems };
      },
    }),
});
