/** The static site of the documentation, as somebody reads it from the disk without JavaScript. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path/posix";
import { relative } from "../../packaging/site/layout.ts";
import { renderMarkdown } from "../../packaging/site/markdown.ts";
import { writeSite } from "../../packaging/site/site.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MOST_BYTES = 4_000_000;
const MOST_BYTES_OF_A_PAGE = 200_000;

const site = await Deno.makeTempDir();
const pages = new Map<string, string>();
Deno.test.beforeAll(async () => {
  for (const path of await writeSite(ROOT, site)) {
    pages.set(path, await Deno.readTextFile(join(site, path)));
  }
});
Deno.test.afterAll(() => Deno.remove(site, { recursive: true }));

const all = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, found]) => found);

Deno.test("the site has every page of docs/, README, CONTRIBUTING, CHANGELOG and the examples", async () => {
  for await (const { name, isFile } of Deno.readDir(`${ROOT}docs`)) {
    if (!isFile || !name.endsWith(".md")) continue;
    const place = name === "README.md" ? "index" : name.slice(0, -3);
    assert.ok(pages.has(`docs/${place}.html`), name);
  }
  for (const path of ["index", "CONTRIBUTING", "CHANGELOG", "examples/index"]) {
    assert.ok(pages.has(`${path}.html`), path);
  }
});

Deno.test("every link of the site leads to a file of the site, and to an anchor that is there", async () => {
  const broken: string[] = [];
  let seen = 0;
  for (const [path, text] of pages) {
    for (const href of all(text, /\shref="([^"]*)"/g)) {
      seen++;
      if (/^https?:\/\//.test(href)) continue;
      const [file, anchor] = href.replaceAll("&#38;", "&").split("#");
      const target = file === "" ? path : join(dirname(path), file);
      const there = await Deno.stat(join(site, target)).catch(() => null);
      if (there === null || !there.isFile) broken.push(`${path}: ${href}`);
      else if (anchor !== undefined && !pages.get(target)?.includes(` id="${anchor}"`)) {
        broken.push(`${path}: ${href} (no such anchor)`);
      }
    }
  }
  assert.deepEqual(broken, []);
  assert.ok(seen > 1_000, `${seen} links`);
});

Deno.test("a page runs nothing, loads nothing from elsewhere, and is light", () => {
  for (const [path, text] of pages) {
    assert.doesNotMatch(
      text,
      /<(script|iframe|object|embed|form)\b|\son[a-z]+=|\sstyle=/i,
      path,
    );
    // A picture is a file of the site and has a text for readers who do not see it.
    assert.doesNotMatch(text, /<img (?!src="[\w./-]+\.png" alt="[^"]{10,}")/, path);
    assert.doesNotMatch(text, /<link[^>]*href="https?:|@import/i, path);
    assert.match(
      text,
      /Content-Security-Policy" content="default-src 'none'; img-src 'self'; style-src 'self'"/,
    );
    assert.ok(text.length < MOST_BYTES_OF_A_PAGE, `${path}: ${text.length}`);
  }
  assert.ok([...pages.values()].reduce((sum, text) => sum + text.length, 0) < MOST_BYTES);
});

Deno.test("a page works with a screen reader: language, title, landmarks, one first heading, no level left out", () => {
  for (const [path, text] of pages) {
    assert.match(text, /^<!doctype html>\n<html lang="en">/, path);
    assert.match(text, /<title>[^<]+<\/title>/, path);
    assert.equal(all(text, /<(main) id="content">/g).length, 1, path);
    assert.match(text, /<a class="skip" href="#content">/, path);
    const levels = all(text, /<h([1-6]) /g).map(Number);
    assert.deepEqual(levels.filter((level) => level === 1), [1], path);
    levels.forEach((level, at) => {
      assert.ok(
        at === 0 ? level === 1 : level <= levels[at - 1] + 1,
        `${path}: h${level} at ${at}`,
      );
    });
    const ids = all(text, /\sid="([^"]*)"/g);
    assert.equal(new Set(ids).size, ids.length, `${path}: an id stands twice`);
    assert.doesNotMatch(text, /<a [^>]*href="[^"]*"[^>]*><\/a>/, `${path}: a link without words`);
    assert.doesNotMatch(text, /<th(?! scope="(col|row)")[ >]/, `${path}: a head cell of nothing`);
    assert.doesNotMatch(text, /<pre(?! tabindex="0")/, `${path}: code that keys cannot scroll`);
  }
});

Deno.test("colours of the style have the contrast that WCAG AA asks for", async () => {
  const style = await Deno.readTextFile(join(site, "style.css"));
  const [light, dark] = all(style, /:root \{([^}]*)\}/g);
  for (const block of [light, dark]) {
    const colour = (name: string) => new RegExp(`--${name}: (#[0-9a-f]{6})`).exec(block)![1];
    for (const name of ["text", "quiet", "link"]) {
      for (const behind of ["page", "box"]) {
        const ratio = contrast(colour(name), colour(behind));
        assert.ok(ratio >= 4.5, `${name} on ${behind}: ${ratio.toFixed(2)}`);
      }
    }
  }
});

Deno.test("writeSite() makes the same bytes twice", async () => {
  const again = await Deno.makeTempDir();
  try {
    for (const path of await writeSite(ROOT, again)) {
      assert.equal(await Deno.readTextFile(join(again, path)), pages.get(path), path);
    }
  } finally {
    await Deno.remove(again, { recursive: true });
  }
});

Deno.test("writeSite() refuses a link to what is not there, and one that leaves the repository", async () => {
  for (const target of ["gone.md", "../../etc/passwd"]) {
    const root = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${root}/docs`);
      await Deno.writeTextFile(`${root}/README.md`, `# x\n\n[a](${target})\n`);
      await Deno.writeTextFile(`${root}/docs/README.md`, "# x\n");
      await assert.rejects(writeSite(`${root}/`, `${root}/out`), { name: "BrokenLink" });
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  }
});

for (
  const { name, markdown, html } of [
    { name: "HTML as text", markdown: "a <script>x</script>", html: /a &#60;script&#62;x/ },
    { name: "a block of HTML as text", markdown: "<div onclick=x>\n", html: /^&#60;div/ },
    { name: "no comment", markdown: "<!-- mark -->\n\nb", html: /^<p>b<\/p>\n$/ },
    { name: "a script's address as text", markdown: "[a](javascript:x)", html: /^<p>a<\/p>\n$/ },
    { name: "no picture of another host", markdown: "![a](https://x/y.png)", html: /^<p>a<\/p>/ },
    {
      name: "quotes in an address written out",
      markdown: `[a](<x"onclick="y>)`,
      html: /href="x&#34;onclick=&#34;y"/,
    },
    { name: "code as it is", markdown: "```\n<b>&\n```", html: /<code>&#60;b&#62;&#38;\n<\/code>/ },
  ]
) {
  Deno.test(`renderMarkdown() gives ${name}`, () => {
    const linkOf = (target: string) => /^[a-z]+:/.test(target) ? null : target;
    assert.match(renderMarkdown(markdown, linkOf).html, html);
  });
}

Deno.test("renderMarkdown() names headings as GitHub does, a second one with a number", () => {
  const { headings } = renderMarkdown("# A `b` (c)\n## What's new?\n## What's new?\n", () => null);
  assert.deepEqual(headings.map(({ id }) => id), ["a-b-c", "whats-new", "whats-new-1"]);
});

Deno.test("relative() gives the path from each page to each other", () => {
  assert.equal(relative("docs/a.html", "docs/b.html"), "b.html");
  assert.equal(relative("docs/decisions/a.html", "index.html"), "../../index.html");
  assert.equal(relative("index.html", "docs/a.html"), "docs/a.html");
  assert.equal(relative("docs/a.html", "docs/decisions/b.html"), "decisions/b.html");
});

/** The ratio of two colours' luminances, as WCAG defines it. */
function contrast(one: string, other: string): number {
  const [high, low] = [one, other].map(luminance).sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
