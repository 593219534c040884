/**
 * What a person is asked before an agent's order is bought: the price's bound, and what would run where, so that the person sees more than
 * the agent says about it. The order's texts are an agent's, perhaps a stranger's: they are made printable and cut to a length.
 *
 * @module
 */
import { printableLine } from "../shell/output.ts";
import type { Order } from "./agent_session.ts";

/** So many characters of one text are shown. */
const SHOWN_CHARACTERS = 160;
/** So many parameters are shown. */
const SHOWN_PARAMS = 8;

/** The question about an order that may cost at most `most`. */
export function orderQuestion(order: Order, most: string): string {
  const params = Object.entries(order.params ?? {});
  const more = params.length - SHOWN_PARAMS;
  return [
    `Buy a job of type ${order.type} for at most ${most}?`,
    inputLine(order),
    ...params.slice(0, SHOWN_PARAMS).map(([name, value]) => `${name}: ${shown(value)}`),
    ...(more > 0 ? [`and ${more} more ${more === 1 ? "parameter" : "parameters"}`] : []),
    ...(order.payment === undefined ? [] : [`payment: ${order.payment}`]),
    `provider: ${order.provider === undefined ? "the one that fits best" : shown(order.provider)}`,
  ].join("\n");
}

function inputLine({ text, url, path }: Order): string {
  if (path !== undefined) return `input: your file or folder ${shown(path)}`;
  if (url !== undefined) return `input: ${shown(url)}`;
  return text === undefined ? "input: none" : `input: the text ${JSON.stringify(shown(text))}`;
}

function shown(text: string): string {
  const cut = text.slice(0, SHOWN_CHARACTERS);
  return printableLine(cut.length < text.length ? `${cut}... (${text.length} characters)` : cut);
}
