/** Whether this is a run of `deno task long`, which runs all cases where other runs only run a part. */
export const isLong = Deno.env.get("CROSSTOWN_LONG") === "1";
