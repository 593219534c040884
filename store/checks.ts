/**
 * The checks of values that the store writes or is asked for. A wrong value is an `invalid` StoreError that names the field.
 *
 * @module
 */
import { checksWith } from "../base/table/checks.ts";
import { StoreError } from "./store_error.ts";

/** Every check; the tables use them (define_table.ts). */
export const CHECKS = checksWith((message) => new StoreError("invalid", message));

/** The checks that code outside the tables uses, with an `invalid` StoreError about one field. */
export const { invalid, text, whole, amount, signedInteger, oneOf } = CHECKS;
