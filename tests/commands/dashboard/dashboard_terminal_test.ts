/** What lies between the dashboard and a terminal: widths of characters, bytes of keys, and lines that are written again. */
import assert from "node:assert/strict";
import stringWidth from "string-width";
import { fit } from "../../../commands/dashboard/painting.ts";
import { keyReader } from "../../../commands/dashboard/keys.ts";
import { Screen } from "../../../commands/dashboard/screen.ts";

Deno.test("fit() counts wide characters as two cells and shows what a terminal would obey", () => {
  assert.equal(fit("日本語", 5), "日本…");
  assert.equal(fit("日本語", 4), "日… ");
  assert.equal(fit("ab", 4), "ab  ");
  assert.equal(stringWidth(fit("a\x1b[2Jb\u202e", 30)), 30);
  assert.ok(!fit("a\x1b[2Jb", 30).includes("\x1b"));
});

Deno.test("keyReader() names keys, also one whose bytes arrive separately", async () => {
  const seen: string[] = [];
  const { write } = keyReader((key) => seen.push(key));
  for (const text of ["j", "?", "\r", "\x1b[", "A", "\x1b[6~", "\x03", "y"]) {
    write(new TextEncoder().encode(text));
    await Promise.resolve();
  }
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(seen, ["j", "?", "return", "up", "pagedown", "ctrl+c", "y"]);
});

Deno.test("Screen writes a line again only when it changed, and gives the terminal back", async () => {
  let written = "";
  const raw: boolean[] = [];
  const terminal = {
    setRaw: (on: boolean) => void raw.push(on),
    size: () => ({ columns: 10, rows: 2 }),
    onResize: () => {},
  };
  const stdout = {
    isTerminal: true,
    write: (bytes: Uint8Array) => {
      written += new TextDecoder().decode(bytes);
      return Promise.resolve();
    },
  };
  {
    await using screen = new Screen(terminal, { stdin: new Blob([]).stream(), stdout });
    await screen.enter(() => {}, () => {});
    await screen.show(["one", "two"]);
    written = "";
    await screen.show(["one", "zwei"]);
    assert.ok(written.includes("\x1b[2;1Hzwei") && !written.includes("one"));
    written = "";
    await screen.show(["one", "zwei"]);
    assert.equal(written, "");
    screen.forget();
    await screen.show(["one", "zwei"]);
    assert.ok(written.includes("one"));
  }
  assert.ok(written.endsWith("\x1b[?25h\x1b[?1049l"));
  assert.deepEqual(raw, [true, false]);
});
