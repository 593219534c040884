/**
 * Acknowledges a private message. What is printed goes back to the author in a gift wrap; nothing printed is no answer.
 *
 * A message that answers another one (`e` tag) gets no answer. Otherwise two providers with this skill would answer each other without end.
 *
 * @module
 */
const PRIVATE_MESSAGE_KIND = 14;
const MAX_CHARACTERS = 200;

interface Message {
  readonly kind: number;
  readonly content: string;
  readonly tags: readonly (readonly string[])[];
}

const message: Message = JSON.parse(
  await Deno.readTextFile(Deno.env.get("CROSSTOWN_MESSAGE")!),
);
const isAnswer = message.tags.some(([name]) => name === "e");
if (message.kind === PRIVATE_MESSAGE_KIND && !isAnswer) {
  const characters = [...message.content.trim()];
  const rest = characters.length > MAX_CHARACTERS ? "..." : "";
  console.log(`Received: ${characters.slice(0, MAX_CHARACTERS).join("")}${rest}`);
}
