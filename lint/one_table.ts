/**
 * Rules for facts that belong into one table: kinds of events, and differences between wires.
 *
 * @module
 */
import { placeOf } from "./rooms.ts";

type PathOf = (context: Deno.lint.RuleContext) => string;

/** The table of kinds. */
const KINDS_FILE = "protocols/nostr/kinds.ts";

/** Only one file contains the numbers of job kinds; others use their names. Other numbers in this range are written with `_`: 5_000. */
export function kindsInOneTable(pathOf: PathOf): Deno.lint.Rule {
  return {
    create(context) {
      const place = placeOf(pathOf(context));
      // Compiled files contain offsets, not kinds.
      if (place === null || place.room === "contracts" || place.path === KINDS_FILE) return {};
      return {
        Literal(node) {
          if (typeof node.value !== "number" || !/^(?:[56]\d{3}|7000)$/.test(node.raw)) return;
          const message =
            `${node.raw} is a job's kind: name it in ${KINDS_FILE}, or write 5_000 for any other number`;
          context.report({ node, message });
        },
      };
    },
  };
}

/** Only `Wire` describes the differences between wires; no other file asks which wire it is. */
export function wiresByTheirInterface(pathOf: PathOf): Deno.lint.Rule {
  return {
    create(context) {
      const place = placeOf(pathOf(context));
      if (place === null || place.path.startsWith("protocols/wires/")) return {};
      const isWire = (node: Deno.lint.Node, other: Deno.lint.Node) =>
        (node.type === "Literal" &&
          (node.value === "interledger" ||
            (node.value === "crosstown" && /wire/i.test(context.sourceCode.getText(other))))) ||
        (node.type === "Identifier" && /^(?:interledger|crosstown)Wire$/.test(node.name));
      return {
        BinaryExpression(node) {
          if (!/^[!=]==?$/.test(node.operator)) return;
          if (!isWire(node.left, node.right) && !isWire(node.right, node.left)) return;
          const message = "a wire is compared by its name: ask the Wire for what differs";
          context.report({ node, message });
        },
      };
    },
  };
}
