/** Calls `look` until it returns true, for conditions that only the other side knows. */
export async function until(look: () => boolean | Promise<boolean>, ms = 120_000): Promise<void> {
  const end = Date.now() + ms;
  while (!await look()) {
    if (Date.now() > end) throw new Error("it never became so");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
