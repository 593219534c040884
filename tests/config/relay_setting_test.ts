import assert from "node:assert/strict";
import { withRelay } from "../../config/relay_setting.ts";

const NEW = 'relay = "wss://new"\n';
for (
  const { name, text, set, unset } of [
    { name: "an empty file", text: "", set: NEW, unset: "" },
    {
      name: "another relay, with its neighbours",
      text: '# mine\nrelay = "wss://old"   # was\nnetwork = "club"\n[node]\njobs = 2\n',
      set: '# mine\nrelay = "wss://new"\nnetwork = "club"\n[node]\njobs = 2\n',
      unset: '# mine\nnetwork = "club"\n[node]\njobs = 2\n',
    },
    {
      name: "a key of that name in a table alone",
      text: '[networks.n]\nrelay = "x"\n',
      set: `${NEW}[networks.n]\nrelay = "x"\n`,
      unset: '[networks.n]\nrelay = "x"\n',
    },
    {
      name: "no newline at the end",
      text: "network = 'club'",
      set: `${NEW}network = 'club'\n`,
      unset: "network = 'club'\n",
    },
  ]
) {
  Deno.test(`withRelay() sets and takes out one line and leaves the rest: ${name}`, () => {
    assert.equal(withRelay(text, "wss://new"), set);
    assert.equal(withRelay(text, null), unset);
    assert.equal(withRelay(set, "wss://new"), set);
  });
}
