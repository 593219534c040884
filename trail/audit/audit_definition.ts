/**
 * What the worker host must know of the audit before it runs.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { Audit } from "./audit.ts";
import type { AuditContext, AuditOptions, AuditServices } from "./audit_context.ts";

/** What of the state folder is the audit's: not the database, nor its lock, nor the socket beside it. */
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

/** What may be called over a port. */
const AUDIT_METHODS: readonly (keyof Audit)[] = ["status", "drain", "lackingExclude"];

/** The audit's service. `run: git` is no sandbox: git gets fixed arguments and a cleared environment. */
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
  stop: (audit: Audit): Promise<void> => audit.close(),
});
