/**
 * How a provider runs a kind and to whom it sells it, as text for people.
 *
 * @module
 */
import { printableLine } from "./output.ts";

/** Text that follows a price; empty if the kind runs in the provider's sandbox and is sold to everyone. */
export function accessText(
  { unsandboxed, sandbox, named_buyers }: {
    readonly unsandboxed: boolean;
    readonly sandbox: string | null;
    readonly named_buyers: boolean;
  },
): string {
  const inside = sandbox === null ? "" : `, runs in ${printableLine(sandbox)}`;
  return `${unsandboxed ? ", runs outside of the sandbox" : inside}${
    named_buyers ? ", only for buyers whom the provider names" : ""
  }`;
}
