/**
 * What a host must know of the catalog before it runs it.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { CatalogOptions, SkillScanner } from "./catalog_service.ts";

/** For the host: the service `skill-catalog`. */
export const definition = defineService({
  name: "skill-catalog",
  methods: ["look", "scan"] as const,
  permissions: ({ folders, approvals, toolFolders, scratch, images }: CatalogOptions) => ({
    read: [...folders, ...approvals, ...toolFolders, images],
    // The sandbox is tested in this folder.
    write: [scratch],
    run: ["bwrap", "sh"],
  }),
  async start(
    options: CatalogOptions,
    _services: unknown,
    { clock }: { readonly clock: () => number },
  ): Promise<SkillScanner> {
    // Loaded only in the worker. The supervisor reads this file just for the permissions.
    const { skillScanner } = await import("./skill_scanner.ts");
    return skillScanner(options, clock);
  },
});
