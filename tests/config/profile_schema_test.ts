/** The keys of `[networks.*]` and `[connectors.*.*]`: the schema for editors, the program that reads them, and its error messages agree. */
import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { stringify } from "smol-toml";
import type { ConfigError } from "../../base/config_error.ts";
import { configSchema } from "../../config/config_schema.ts";
import { type KeySchema, PROFILE_SCHEMA } from "../../config/profile_schema.ts";
import { FILE, load } from "./config_world.ts";

// deno-lint-ignore no-explicit-any
type Table = Record<string, any>;

/** A table in which every key has its example. */
function exampleOf({ examples, properties, additionalProperties }: KeySchema): unknown {
  if (examples !== undefined) return examples[0];
  const fields = Object.entries(properties ?? {}).map(([key, each]) => [key, exampleOf(each)]);
  if (typeof additionalProperties === "object") {
    const name = additionalProperties.properties === undefined ? "5600" : "east";
    fields.push([name, exampleOf(additionalProperties)]);
  }
  return Object.fromEntries(fields);
}

/** A profile with every key, except those that exclude each other. */
function whole(): Table {
  const profile = exampleOf(PROFILE_SCHEMA) as Table;
  delete profile.chain.facts_file;
  delete profile.peer.channel_id;
  profile.peer.address = `0x${"7".repeat(40)}`;
  return profile;
}

const file = (profile: Table) => ({ network: "mine", networks: { mine: profile } });
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, formats: { uri: true } });
const fits = ajv.compile(configSchema());

async function refusalOf(text: string): Promise<ConfigError> {
  return await load({ files: { [FILE]: text } })
    .then(() => assert.fail(`it was taken: ${text}`), (error) => error);
}

Deno.test("a network with every key of the schema is read, and fits the schema", async () => {
  const text = stringify(file(whole()));
  const { profile } = await load({ files: { [FILE]: text } });
  assert.equal(profile.moreConnectors?.[0].name, "east");
  assert.equal(profile.asset.announcedScale, 9);
  assert.ok(fits(file(whole())), JSON.stringify(fits.errors));
  assert.ok(!fits(file({ ...whole(), relay_ulr: "x" })), "an unknown key does not fit");
  assert.ok(!fits({ connectors: { mine: { east: { url: "btp+wss://a.example", reach: [] } } } }));
});

/** Every key with its place below the profile. */
function* leaves(
  schema: KeySchema,
  path: readonly string[] = [],
): Generator<[string[], KeySchema]> {
  for (const [key, each] of Object.entries(schema.properties ?? {})) {
    if (each.examples === undefined) yield* leaves(each, [...path, key]);
    else yield [[...path, key], each];
  }
}

for (const [path, schema] of leaves(PROFILE_SCHEMA)) {
  const key = path.at(-1)!;
  Deno.test(`networks.mine.${path.join(".")} with a value that does not fit is refused with file, line and what to write`, async () => {
    const profile = whole();
    const at = path.slice(0, -1).reduce((table: Table, name) => table[name], profile);
    at[key] = schema.type === "boolean" ? "yes" : false;
    const text = stringify(file(profile));
    const { message, suggestion } = await refusalOf(text);
    const name = `networks.mine.${path.join(".")}`;
    const line = text.split("\n").findIndex((each, index, lines) =>
      each.startsWith(`${key} = ${JSON.stringify(at[key])}`) &&
      lines.slice(0, index).findLast((above) =>
          above.startsWith("[")
        ) ===
        `[${["networks.mine", ...path.slice(0, -1)].join(".")}]`
    ) + 1;
    assert.ok(line > 0, text);
    assert.ok(message.startsWith(`${name} must be `), message);
    assert.ok(message.endsWith(` (${FILE}, line ${line})`), message);
    assert.ok(suggestion.startsWith(`write for example ${key} = `), suggestion);
    assert.ok(suggestion.endsWith(` under [${name.slice(0, -key.length - 1)}]`), suggestion);
  });
}

const CLUB = '[networks.club]\nrelay_url = "wss://relay.example"\nwrite = "nostr"\n';
const EAST = "[connectors.dev.east]\n";

for (
  const [what, text, message, suggestion] of [
    ["a relay without TLS", CLUB.replace("wss", "ws"), /relay_url goes to .*line 2/, /with TLS/],
    [
      "a relay's missing address",
      '[networks.club]\nwrite = "nostr"',
      /line 1\)$/,
      /^add relay_url = "wss:\/\/relay\.example" under \[networks\.club\]$/,
    ],
    [
      "a connector that is missing",
      CLUB.replace("nostr", "ilp"),
      /connector_btp is missing.*line 1/,
      /write = "nostr"/,
    ],
    [
      "a network's name",
      CLUB.replaceAll("club", "Club"),
      /must be 1 to 32 small.*line 1/,
      /rename the table/,
    ],
    [
      "a token that is missing beside a peer",
      `${CLUB}[networks.club.peer]\naddress = "0x${
        "6".repeat(40)
      }"\n[networks.club.chain]\nchain_id = 1\n`,
      /token_address is missing.*line 6/,
      /the channel's token/,
    ],
    [
      "a further connector's address",
      `${EAST}url = "wss://east.example"\n`,
      /connectors\.dev\.east\.url must begin.*line 2/,
      /btp\+wss/,
    ],
    [
      "a further connector's missing peer",
      `${EAST}url = "btp+wss://east.example"\n`,
      /peer_address is missing.*line 1/,
      /^add peer_address = "0x6{40}" under \[connectors\.dev\.east\]$/,
    ],
    [
      "a further connector's prefixes",
      `${EAST}url = "btp+wss://east.example"\npeer_address = "0x${
        "6".repeat(40)
      }"\nreaches = "g.east"\n`,
      /reaches must be a list.*line 4/,
      /reaches = \["g\.east"\]/,
    ],
    [
      "a further connector's unknown key",
      `${EAST}url = "btp+wss://east.example"\npeer_address = "0x${"6".repeat(40)}"\nreach = []\n`,
      /unknown key connectors\.dev\.east\.reach .*line 4/,
      /'reaches'/,
    ],
    [
      "a further connector's own address",
      `${EAST}url = "btp+wss://east.example"\npeer_address = "0x${
        "6".repeat(40)
      }"\nilp_address = "?"\n`,
      /ilp_address must be.*line 4/,
      /e\.g\./,
    ],
    [
      "a further connector's name",
      EAST.replace("east", "main"),
      /name main must.*line 1/,
      /for example east/,
    ],
  ] as const
) {
  Deno.test(`loadConfig() refuses ${what} with file, line and what to write`, async () => {
    const refused = await refusalOf(text);
    assert.match(refused.message, message);
    assert.ok(refused.message.includes(FILE), refused.message);
    assert.match(refused.suggestion, suggestion);
  });
}

Deno.test("loadConfig() names the line where the connectors of a network do not go together", async () => {
  const one = (name: string) =>
    `[connectors.club.${name}]\nurl = "btp+wss://${name}.example"\npeer_address = "0x${
      "6".repeat(40)
    }"\n`;
  const refused = await refusalOf(`network = "club"\n${CLUB}${one("east")}${one("west")}`);
  assert.match(refused.message, /need a main connector \(.*crosstown\.toml, line 5\)$/);
});
