/**
 * The sandboxes that the owner of a provider can choose from (`node.sandbox`).
 *
 * @module
 */

/** `auto`: `runsc` if it works and is not too old for `ls`, otherwise bubblewrap. */
export const SANDBOX_CHOICES = ["bubblewrap", "runsc", "runsc+kvm", "auto"] as const;

/** One of {@link SANDBOX_CHOICES}. */
export type SandboxChoice = typeof SANDBOX_CHOICES[number];
