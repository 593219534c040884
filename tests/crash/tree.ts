import { fileURLToPath } from "node:url";

/** The sources of this program. */
export const TREE = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");
