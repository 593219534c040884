/**
 * The error for a provider whose owner chose a sandbox that does not work on this machine.
 *
 * @module
 */

/** The provider does not start: a weaker sandbox than the chosen one is never used instead. Exit 1. */
export class SandboxChoiceError extends Error {
  /** Always `SandboxChoiceError`. */
  override readonly name = "SandboxChoiceError";
  /** The code that a command prints. */
  readonly code = "sandbox_choice";
  /** What the owner can do. */
  readonly suggestion =
    "'crosstown doctor sandbox' says what works here; choose another with 'crosstown config set node.sandbox'";
  /** Names the choice and why it does not work. */
  constructor(why: string) {
    super(`the chosen sandbox does not work here: ${why}`);
  }
}
