/**
 * The settings of what a provider is paid for a job, and in which payment modes.
 *
 * @module
 */
import { ofFile, setting } from "./setting.ts";
import { modesBySkill, pricesBySkill, units } from "./setting_readers.ts";

/** The settings by key, as in `SETTINGS`. */
export const PRICE_SETTINGS = {
  "node.prices": setting<Readonly<Record<string, bigint>>>({
    meaning: "the price of a run by skill, in base units",
    file: true,
    applies: "at once",
    fallback: {},
    read: pricesBySkill,
  }),
  "node.payment_modes": setting<Readonly<Record<string, readonly string[]>>>({
    meaning: "the only payment modes of a skill",
    file: true,
    applies: "at once",
    fallback: {},
    read: modesBySkill,
  }),
  "node.price_units": ofFile("the price of every job, in base units", units, "at once"),
} as const;
