/** Whether this is a run of `deno task long`, which has time for what every other run does a part of. */
export const isLong = Deno.env.get("CROSSTOWN_LONG") === "1";
