/** The request comes on standard input, what is printed is the result, exit 0 is success. */
const event: { readonly tags: readonly (readonly string[])[] } = JSON.parse(
  await new Response(Deno.stdin.readable).text(),
);
const [, text] = event.tags.find(([name]) => name === "i")!; // there is one: [request] says so
const lines = text.split("\n");
console.log(
  JSON.stringify({ lines: lines.length, empty: lines.filter((each) => each === "").length }),
);
