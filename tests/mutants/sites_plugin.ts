/**
 * A lint plugin that reports each operator and constant that can be broken, with its replacement. `deno lint --json` runs it:
 * it parses TypeScript, so that no parser has to be installed.
 *
 * @module
 */

/** What a report's message holds, as JSON. Offsets count UTF-16 units of the file's text. */
export interface Replacement {
  readonly from: number;
  readonly until: number;
  readonly text: string;
  /** From where until where the expression goes; null: it is a key of an object or class. */
  readonly whole: readonly [number, number] | null;
  /** Both sides are computed, whatever the operator. */
  readonly sides: boolean;
}

const OPERATORS: Readonly<Record<string, string>> = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "===": "!==",
  "!==": "===",
  "==": "!=",
  "!=": "==",
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "&": "|",
  "|": "&",
  "^": "&",
  "<<": ">>",
  ">>": "<<",
  "&&": "||",
  "||": "&&",
  "??": "&&",
  "+=": "-=",
  "-=": "+=",
};

const sites: Deno.lint.Rule = {
  create(context) {
    const report = (node: Deno.lint.Node, from: number, until: number, text: string) => {
      const whole = isKey(node) ? null : node.range;
      const sides = node.type === "BinaryExpression";
      context.report({
        node,
        message: JSON.stringify({ from, until, text, whole, sides } satisfies Replacement),
      });
    };
    /** Between its two operands there are, besides the operator, only brackets, blanks and comments. */
    const operator = (node: Deno.lint.Node, left: Deno.lint.Node, name: string) => {
      const to = OPERATORS[name];
      if (to === undefined) return;
      const text = context.sourceCode.text;
      let at = left.range[1];
      while (at < text.length && !text.startsWith(name, at)) {
        if (text.startsWith("//", at) || text.startsWith("/*", at)) return;
        at++;
      }
      report(node, at, at + name.length, to);
    };
    return {
      BinaryExpression(node) {
        if (concatenates(node)) return;
        operator(node, node.left, node.operator);
      },
      LogicalExpression(node) {
        operator(node, node.left, node.operator);
      },
      AssignmentExpression(node) {
        operator(node, node.left, node.operator);
      },
      UnaryExpression(node) {
        if (node.operator !== "!") return;
        report(node, node.range[0], node.range[0] + 1, "");
      },
      Literal(node) {
        if (node.parent?.type.startsWith("TS")) return;
        const to = otherConstant(node.raw, typeof node.value);
        if (to !== null) report(node, node.range[0], node.range[1], to);
      },
    };
  },
};

/** `+` with a text: `-` in its place would break a message, not a rule. */
function concatenates(node: Deno.lint.BinaryExpression): boolean {
  const isText = (side: Deno.lint.Node): boolean =>
    side.type === "TemplateLiteral" ||
    (side.type === "Literal" && typeof side.value === "string") ||
    (side.type === "BinaryExpression" && side.operator === "+" && concatenates(side));
  return node.operator === "+" && (isText(node.left) || isText(node.right));
}

/** `1` of `{ 1: "one" }`. */
function isKey(node: Deno.lint.Node): boolean {
  if (node.type !== "Literal") return false;
  const { parent } = node;
  if (parent?.type !== "Property" && parent?.type !== "PropertyDefinition") return false;
  return !parent.computed && parent.key.range[0] === node.range[0];
}

/** A number becomes 0, 0 becomes 1, a boolean its opposite; null: it stays unchanged. */
function otherConstant(raw: string, type: string): string | null {
  if (raw === "true") return "false";
  if (raw === "false") return "true";
  if (type === "number") return Number(raw.replaceAll("_", "")) === 0 ? "1" : "0";
  if (type !== "bigint") return null;
  return BigInt(raw.replaceAll("_", "").slice(0, -1)) === 0n ? "1n" : "0n";
}

/** The plugin: `mutants/sites`. */
export default { name: "mutants", rules: { sites } } satisfies Deno.lint.Plugin;
