import assert from "node:assert/strict";
import { ConfigError } from "../../base/config_error.ts";
import { withRelay } from "../../config/relay_table.ts";

const NEW = '[relays]\nclub = "wss://new"\n';
for (
  const { name, text, set, unset } of [
    { name: "an empty file", text: "", set: NEW, unset: "" },
    {
      name: "a file without the table",
      text: '# mine\nnetwork = "club"\n[node]\njobs = 2\n',
      set: `# mine\nnetwork = "club"\n[node]\njobs = 2\n\n${NEW}`,
      unset: '# mine\nnetwork = "club"\n[node]\njobs = 2\n',
    },
    {
      name: "another relay of that network, with its neighbours",
      text: '[relays]\nother = "wss://o"\n"club" = "wss://old" # was\n\n[node]\njobs = 2\n',
      set: '[relays]\nother = "wss://o"\nclub = "wss://new"\n\n[node]\njobs = 2\n',
      unset: '[relays]\nother = "wss://o"\n\n[node]\njobs = 2\n',
    },
    {
      name: "a relay for all networks",
      text: 'relay = "wss://all"\n',
      set: `relay = "wss://all"\n\n${NEW}`,
      unset: 'relay = "wss://all"\n',
    },
    {
      name: "a network's own table",
      text: '[networks.club]\nrelay_url = "wss://x"\n',
      set: `[networks.club]\nrelay_url = "wss://x"\n\n${NEW}`,
      unset: '[networks.club]\nrelay_url = "wss://x"\n',
    },
    {
      name: "no newline at the end",
      text: "network = 'club'",
      set: `network = 'club'\n\n${NEW}`,
      unset: "network = 'club'",
    },
  ]
) {
  Deno.test(`withRelay() sets and takes out the line of one network and leaves the rest: ${name}`, () => {
    assert.equal(withRelay(text, "club", "wss://new"), set);
    assert.equal(withRelay(text, "club", null), unset);
    assert.equal(withRelay(set, "club", "wss://new"), set);
  });
}

for (
  const text of ['relays = { club = "wss://old" }\n', 'relays.club = "wss://old"\n']
) {
  Deno.test(`withRelay() refuses to edit ${text.trim()}, and says what to write`, () => {
    for (const url of ["wss://new", null]) {
      assert.throws(() => withRelay(text, "club", url), ConfigError);
    }
  });
}
