/**
 * What an announcement says about the sandbox and the buyers of single kinds. A kind without such a tag runs in the announced sandbox and is
 * sold to everyone.
 *
 * ```text
 * ["unsandboxed","5650"]     a job of this kind runs outside of the sandbox
 * ["kind_sandbox","5602","bubblewrap+cgroup"]   a job of this kind runs in another sandbox than the announced one
 * ["named_buyers","5650"]    it is sold only to buyers whom the provider names (`node.allow_buyers`)
 * ```
 *
 * The named buyers themselves are not announced, because they are the provider's customers. A quote tells a buyer whether it is one.
 *
 * @module
 */
import { isJobRequestKind } from "../protocols/nostr/kinds.ts";

/** How one kind is run and to whom it is sold. */
export interface KindAccess {
  /** The kind of the request. */
  readonly kind: number;
  /** Whether its jobs run outside of the sandbox. */
  readonly unsandboxed: boolean;
  /** The sandbox of its jobs, if it is another than the announced one. */
  readonly sandbox?: string;
  /** Whether only named buyers are served. */
  readonly namedBuyers: boolean;
}

/** The most kinds that are read. */
const MAX_KINDS = 256;

/** The tags of these kinds. */
export function accessTags(access: readonly KindAccess[]): string[][] {
  const named = (name: string, kinds: readonly KindAccess[]) =>
    kinds.map(({ kind }) => [name, String(kind)]);
  return [
    ...named("unsandboxed", access.filter(({ unsandboxed }) => unsandboxed)),
    ...access.flatMap(({ kind, sandbox }) =>
      sandbox === undefined ? [] : [["kind_sandbox", String(kind), sandbox]]
    ),
    ...named("named_buyers", access.filter(({ namedBuyers }) => namedBuyers)),
  ];
}

/** Reads the tags. Tags of kinds that are no job requests are left out. */
export function readAccess(tags: readonly (readonly string[])[]): KindAccess[] {
  const valuesIn = (name: string) =>
    new Map(
      tags.filter((tag) => tag[0] === name && /^[1-9]\d{3}$/.test(tag[1] ?? ""))
        .map((tag) => [Number(tag[1]), tag[2] ?? ""] as const)
        .filter(([kind]) => isJobRequestKind(kind)),
    );
  const [unsandboxed, namedBuyers] = [valuesIn("unsandboxed"), valuesIn("named_buyers")];
  const sandboxes = valuesIn("kind_sandbox");
  const kinds = new Set([...unsandboxed.keys(), ...sandboxes.keys(), ...namedBuyers.keys()]);
  return [...kinds].slice(0, MAX_KINDS).map((kind) => {
    const sandbox = sandboxes.get(kind)?.slice(0, 64);
    return {
      kind,
      unsandboxed: unsandboxed.has(kind),
      ...sandbox && { sandbox },
      namedBuyers: namedBuyers.has(kind),
    };
  });
}

/** What an announcement says about this kind. */
export function accessOfKind(
  { access = [] }: { readonly access?: readonly KindAccess[] },
  kind: number,
): KindAccess {
  return access.find((each) => each.kind === kind) ??
    { kind, unsandboxed: false, namedBuyers: false };
}
