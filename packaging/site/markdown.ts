/**
 * A page's Markdown as HTML: headings with the names that GitHub gives them, links as the site has them, tables and code that can be
 * scrolled with the keyboard. HTML in the Markdown is shown as text, comments are left out. Pure.
 *
 * @module
 */
import { Marked, type Tokens } from "marked";

/** A heading of a page. */
export interface Heading {
  readonly level: number;
  readonly id: string;
  /** As plain text. */
  readonly text: string;
}

/** A page's content. */
export interface Rendered {
  readonly html: string;
  /** In order; the first is the page's title. */
  readonly headings: readonly Heading[];
}

/**
 * A page's content.
 *
 * @param linkOf Gives the address of a link's target, or null for a link that leads nowhere: its text stays.
 */
export function renderMarkdown(
  markdown: string,
  linkOf: (target: string) => string | null,
): Rendered {
  const headings: Heading[] = [];
  const marked = new Marked({ gfm: true }).use({
    renderer: {
      heading({ tokens, depth }: Tokens.Heading) {
        const html = this.parser.parseInline(tokens);
        const text = plain(html);
        const id = idOf(text, headings);
        headings.push({ level: depth, id, text });
        const anchor = depth === 1
          ? ""
          : ` <a class="anchor" href="#${id}" aria-hidden="true" tabindex="-1">#</a>`;
        return `<h${depth} id="${id}">${html}${anchor}</h${depth}>\n`;
      },
      html: ({ text }: Tokens.HTML | Tokens.Tag) =>
        /^<!--[^]*-->\s*$/.test(text) ? "" : escapeHtml(text),
      link({ href, tokens }: Tokens.Link) {
        const inside = this.parser.parseInline(tokens);
        const target = linkOf(href);
        return target === null ? inside : `<a href="${escapeHtml(target)}">${inside}</a>`;
      },
      image({ href, text }: Tokens.Image) {
        const target = linkOf(href);
        return target === null
          ? escapeHtml(text)
          : `<img src="${escapeHtml(target)}" alt="${escapeHtml(text)}" loading="lazy">`;
      },
      code: ({ text }: Tokens.Code) =>
        `<pre tabindex="0"><code>${escapeHtml(text)}\n</code></pre>\n`,
      table({ header, rows }: Tokens.Table) {
        const cells = (row: Tokens.TableCell[], cell: (inside: string) => string) =>
          `<tr>${row.map(({ tokens }) => cell(this.parser.parseInline(tokens))).join("")}</tr>\n`;
        // A table without words in its head begins each row with what the row is about.
        const headless = header.every(({ text }) => text.trim() === "");
        const head = headless ? "" : `<thead>\n${cells(header, column)}</thead>\n`;
        const body = rows.map((row) => {
          let at = 0;
          return cells(
            row,
            (inside) =>
              headless && at++ === 0 ? `<th scope="row">${inside}</th>` : `<td>${inside}</td>`,
          );
        });
        return `<div class="table" tabindex="0" role="group" aria-label="table">\n<table>\n${head}<tbody>\n${
          body.join("")
        }</tbody>\n</table>\n</div>\n`;
      },
    },
  });
  return { html: marked.parse(markdown, { async: false }), headings };
}

/** The text with what HTML would take for its own written out. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** A head cell; one without words is no head. */
function column(inside: string): string {
  return inside === "" ? "<td></td>" : `<th scope="col">${inside}</th>`;
}

/** The text of HTML that this renderer made. */
function plain(html: string): string {
  return html.replace(/<[^>]*>/g, "")
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .replace(/&(lt|gt|quot|amp);/g, (_, name: keyof typeof ENTITIES) => ENTITIES[name]);
}

const ENTITIES = { lt: "<", gt: ">", quot: '"', amp: "&" } as const;

/** As GitHub names it; a second one of the same name gets a number. */
function idOf(text: string, before: readonly Heading[]): string {
  const name = text.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(" ", "-");
  const taken = new Set(before.map(({ id }) => id));
  for (let count = 0;; count++) {
    const id = count === 0 ? name : `${name}-${count}`;
    if (!taken.has(id)) return id;
  }
}
