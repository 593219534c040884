/** Where the packages of `ilp-connector` cannot be had, the tests that need them are left out, and say why. */
import { missingConnector } from "./foreign_connector.ts";

const missing = await missingConnector();

/** Whether they are left out. */
export const ignore = missing !== null;

/** The name of a test, with the reason where it is left out. */
export const name = (text: string) => missing === null ? text : `${text} (left out: ${missing})`;
