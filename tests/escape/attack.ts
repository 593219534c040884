/**
 * An attack: a program that a job could run, and how it is seen to have succeeded.
 *
 * @module
 */

/** What an attack is after. */
export type AttackClass =
  | "files"
  | "links"
  | "proc"
  | "descriptors"
  | "environment"
  | "kernel"
  | "keyring"
  | "namespaces"
  | "devices"
  | "processes"
  | "signals"
  | "ipc"
  | "sockets"
  | "network"
  | "metadata"
  | "dns"
  | "terminal"
  | "outliving"
  | "limits"
  | "archives"
  | "git"
  | "proxy"
  | "builds";

/** One row of the table. */
export interface Attack {
  /** Names it, once in the table. */
  readonly name: string;
  readonly class: AttackClass;
  /** The program's text; its first line names the interpreter. */
  readonly program: string;
  /**
   * Shell code that the host runs afterwards: exit 0 means that harm was done. If absent, the attack succeeded if it
   * printed the operator's secret, or `OWNED` and what it got.
   */
  readonly harm?: string;
  /** Why it proves nothing in gVisor, which answers every call itself: what it gets there is nothing of the machine. */
  readonly notInGvisor?: string;
}

const PRELUDE = await Deno.readTextFile(new URL("lab/prelude.pl", import.meta.url));

/** An attack in Perl, with the functions of `lab/prelude.pl`. */
export function perl(name: string, body: string, harm?: string): Omit<Attack, "class"> {
  return { name, program: `${PRELUDE}\n${body}\n`, harm };
}

/** An attack in shell. */
export function shell(name: string, body: string, harm?: string): Omit<Attack, "class"> {
  return { name, program: `#!/bin/sh\n${body}\n`, harm };
}

/** An attack that proves nothing in gVisor. */
export function notInGvisor(
  attack: Omit<Attack, "class">,
  why: string,
): Omit<Attack, "class"> {
  return { ...attack, notInGvisor: why };
}

/** Attacks of one class. */
export function attacks(kind: AttackClass, rows: readonly Omit<Attack, "class">[]): Attack[] {
  return rows.map((row) => ({ ...row, class: kind }));
}
