/** The payment log of a state folder as it is on the disk: sealed days first, then the live file, line by line. */

/** A line with any content. */
interface TextLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

export async function logText(folder: string): Promise<TextLine[]> {
  const days = await Array.fromAsync(Deno.readDir(`${folder}/payment_log`)).catch(() => []);
  const files = [
    ...days.map(({ name }) => `payment_log/${name}`).sort(),
    "payment_log.jsonl",
  ];
  const found: TextLine[] = [];
  for (const file of files) {
    const text = await textOf(`${folder}/${file}`);
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    found.push(...lines.map((text, at) => ({ file, line: at + 1, text })));
  }
  return found;
}

async function textOf(path: string): Promise<string> {
  const { readable } = await Deno.open(path);
  const bytes = path.endsWith(".gz")
    ? readable.pipeThrough(new DecompressionStream("gzip"))
    : readable;
  return await new Response(bytes).text();
}
