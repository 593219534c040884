/**
 * The audit's definition for its worker host.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { Audit } from "./audit.ts";
import type { AuditContext, AuditOptions, AuditServices } from "./audit_context.ts";

/** The audit's parts of the state folder: not the database, its lock, or the socket. */
const PARTS = [
  ".git",
  ".git-broken",
  ".gitignore",
  "channels",
  "checkpoint.json",
  "jobs",
  "payment_log",
  "payment_log.jsonl",
];

/** The methods that may be called over a port. */
const AUDIT_METHODS: readonly (keyof Audit)[] = ["status", "drain", "lackingExclude"];

/** The audit's service. `run: git` gives no shell access: git gets fixed arguments and an empty environment. */
export const definition = defineService({
  name: "audit",
  methods: AUDIT_METHODS,
  services: ["store"] as readonly string[],
  optionalServices: ["signer"] as readonly string[],
  permissions: (
    { folder }: Pick<AuditOptions, "folder">,
  ): { readonly read: string[]; readonly write: string[]; readonly run: string[] } => {
    const parts = PARTS.map((part) => `${folder}/${part}`);
    return { read: parts, write: parts, run: ["git"] };
  },
  async start(
    options: AuditOptions,
    services: AuditServices,
    context: AuditContext,
  ): Promise<Audit> {
    const { startAuditWork } = await import("./audit_work.ts");
    return startAuditWork(options, services, context);
  },
  mayRest: (audit: Audit): boolean => audit.mayRest(),
  stop: (audit: Audit): Promise<void> => audit.close(),
});
