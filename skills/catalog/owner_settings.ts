/**
 * What a provider's owner sets, beside the skills. It reaches the rules together with the skills, because both may change while the
 * provider runs.
 *
 * @module
 */

/** The provider's own prices for a run, in decimal. They take precedence over the skills' prices. */
export interface AskedPrices {
  /** The price of every skill that `bySkill` does not name; null means each skill's own price. */
  readonly all: string | null;
  /** By the skill's name. */
  readonly bySkill: Readonly<Record<string, string>>;
  /** The only payment modes of a skill, by its name. A skill that is not named, or no such field: every mode that is possible. */
  readonly modes?: Readonly<Record<string, readonly string[]>>;
}

/** The settings that may change while a provider runs. */
export interface OwnerSettings {
  readonly asked: AskedPrices;
  /** The only buyers that are served, by their public keys. An empty list serves everyone. */
  readonly allowBuyers: readonly string[];
  /** Additional `t` tags of the announcement. */
  readonly tags: readonly string[];
  /** The name in the announcement. */
  readonly name: string;
  /** How many jobs run at the same time; more than at the start changes nothing. */
  readonly jobs: number;
}
