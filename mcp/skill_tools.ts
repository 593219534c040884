/**
 * A provider's skills as tools: `crosstown mcp --provider KEY`. The provider's texts are untrusted: they are cut to a length and made
 * printable, and the tool is named after its kind.
 *
 * @module
 */
import { accessText } from "../shell/kind_access_text.ts";
import { tokenPriceText } from "../shell/token_price_text.ts";
import type { JsonSchemaType } from "@modelcontextprotocol/server";
import { CommandError } from "../shell/errors.ts";
import { printableLine } from "../shell/output.ts";
import type { AgentSession } from "./agent_session.ts";
import type { Tool } from "./tool.ts";
import { beginToBuy, buy, FOLLOWING, TOOLS } from "./tools.ts";

/** A price in the output of `provider show`. */
interface Offered {
  readonly kind: number;
  readonly type: string | null;
  readonly flat_units: string | number;
  readonly units_per_kib: string | number;
  readonly unsandboxed: boolean;
  readonly sandbox: string | null;
  readonly named_buyers: boolean;
  readonly tokens: Parameters<typeof tokenPriceText>[0];
}

/**
 * Makes one tool for each kind that the provider sells. `provider` is its key or the beginning of it. The tools buy from this provider alone.
 * Throws CommandError if the provider announces nothing.
 */
export async function skillTools(session: AgentSession, provider: string): Promise<Tool[]> {
  const { ok, document } = await session.call(["provider", "show", "--", provider]);
  if (!ok) {
    const { code = "no_provider", message = "it announces nothing", suggestion = "" } =
      (document.error ?? {}) as Record<string, string>;
    throw new CommandError(code, message, suggestion);
  }
  const prices = document.prices as readonly Offered[];
  const pubkey = String(document.pubkey);
  const name = printableLine(String(document.name ?? "")).slice(0, MAX_NAME);
  // The provider chooses the names of its skills: one that is taken already is named after its kind.
  const taken = new Set(FOLLOWING.map((tool) => tool.name));
  return prices.slice(0, MAX_SKILLS).map((offered) => {
    const tool = skillTool(session, offered, { name, pubkey });
    const free = taken.has(tool.name) ? { ...tool, name: `kind-${offered.kind}` } : tool;
    taken.add(free.name);
    return free;
  });
}

function skillTool(
  { options }: AgentSession,
  offered: Offered,
  seller: { readonly name: string; readonly pubkey: string },
): Tool {
  const { kind, type, flat_units, units_per_kib, tokens } = offered;
  const perKib = BigInt(units_per_kib);
  const price = `${options.format(BigInt(flat_units))}${
    perKib === 0n ? "" : ` and ${options.format(perKib)} a KiB`
  }${tokenPriceText(tokens, options.format)}`;
  const { input } = TOOLS.find((tool) => tool.name === "submit_job")!;
  const { type: _type, kind: _kind, provider: _provider, ...properties } =
    (input as { properties: Record<string, unknown> }).properties;
  const named = type === null ? { type: `kind-${kind}`, kind } : { type };
  const fixed = { ...named, provider: seller.pubkey };
  return {
    name: type ?? `kind-${kind}`,
    title: type ?? `Kind ${kind}`,
    description:
      `Buys a job of kind ${kind} from the provider ${JSON.stringify(seller.name)} for ` +
      `${price}, plus the cost of its writes${
        accessText(offered)
      }. With wait_s it gives the result.`,
    effect: "spends",
    input: { type: "object", properties, additionalProperties: false } as JsonSchemaType,
    run: (session, given, call) => buy(session, { ...given, ...fixed }, call),
    begin: (session, given, call) => beginToBuy(session, { ...given, ...fixed }, call),
  };
}

const MAX_NAME = 60;
const MAX_SKILLS = 64;
