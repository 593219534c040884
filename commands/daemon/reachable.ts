/**
 * Whether this process may use a host. A worker gets no permission that its process lacks, and the error that it then ends with names no
 * host.
 *
 * @module
 */
import { CommandError } from "../../shell/errors.ts";
import type { PermissionQuery } from "../../shell/self.ts";

/** Throws CommandError with `code` unless this process may use the host: `what` is not possible then. `host` is `HOST:PORT`. */
export function checkReachable(
  host: string,
  { code, what }: { readonly code: string; readonly what: string },
  query: PermissionQuery = (descriptor) => Deno.permissions.querySync(descriptor),
): void {
  if (query({ name: "net", host }).state === "granted") return;
  throw new CommandError(
    code,
    `${what}: this process has no permission for ${host}`,
    `start it with ${host} in --allow-net`,
  );
}
