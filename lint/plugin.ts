/**
 * The lint plugin of this tree: the import order, protocols without effects, access to the process, checks of errors, and file names.
 *
 * @module
 */
import { homeClients } from "./home_clients.ts";
import { kindsInOneTable, wiresByTheirInterface } from "./one_table.ts";
import { objection, type Place, placeOf, resolveImport } from "./rooms.ts";

type Visitor = Deno.lint.LintVisitor;
type Context = Deno.lint.RuleContext;

const root = `${import.meta.dirname}/..`.replaceAll("\\", "/").replace(/\/[^/]+\/\.\.$/, "/");

/** Imports follow the order in rooms.ts. */
const importOrder: Deno.lint.Rule = {
  create(context) {
    const from = placeOf(treePath(context));
    if (from === null) return {};
    return onImports((node, specifier, typeOnly) => {
      const target = resolveImport(from.path, specifier);
      if (target === null) return;
      // Code that starts the program again names this file without importing it.
      if (node.type === "NewExpression" && target === "cli.ts") return;
      const place: Place | "outside" | null = /\.json$/.test(target)
        ? null
        : placeOf(target) ?? "outside";
      if (place === null) return;
      const message = objection(from, place, typeOnly);
      if (message !== null) context.report({ node, message });
    });
  },
};

const IMPURE_MEMBERS = new Map([
  ["Date", ["now"]],
  ["Math", ["random"]],
  ["crypto", ["getRandomValues", "randomUUID"]],
  ["performance", ["now", "timeOrigin"]],
]);
const IMPURE_GLOBALS = [
  "fetch",
  "WebSocket",
  "WebSocketStream",
  "EventSource",
  "setTimeout",
  "setInterval",
];

/** Protocols convert between bytes and values. They use no process, clock, randomness or network. */
/** The functions of node:crypto that depend only on their arguments. */
const HASHES = ["hash", "createHash", "createHmac"];

const pureProtocols: Deno.lint.Rule = {
  create(context) {
    if (placeOf(treePath(context))?.room !== "protocols") return {};
    const tell = (node: Deno.lint.Node, what: string) =>
      context.report({ node, message: `${what} in protocols: take it as an argument` });
    return {
      ...onImports((node, specifier) => {
        if (!specifier.startsWith("node:") || specifier === "node:buffer") return;
        if (specifier === "node:crypto" && importsOnly(node, HASHES)) return;
        tell(node, specifier);
      }),
      MemberExpression(node) {
        const { object, member } = nameOfMember(node);
        if (object === "Deno") tell(node, "Deno");
        else if (member !== null && IMPURE_MEMBERS.get(object ?? "")?.includes(member)) {
          tell(node, `${object}.${member}`);
        } else if (object === "globalThis" && member !== null && IMPURE_GLOBALS.includes(member)) {
          tell(node, `globalThis.${member}`);
        }
      },
      CallExpression(node) {
        if (node.callee.type === "Identifier" && IMPURE_GLOBALS.includes(node.callee.name)) {
          tell(node, node.callee.name);
        }
      },
      NewExpression(node) {
        if (node.callee.type !== "Identifier") return;
        const name = node.callee.name;
        if (IMPURE_GLOBALS.includes(name)) tell(node, name);
        if (name === "Date" && node.arguments.length === 0) tell(node, "new Date()");
      },
    };
  },
};

const EDGE_OF_DENO = [
  "stdin",
  "stdout",
  "stderr",
  "args",
  "exit",
  "exitCode",
  "env",
];
const EDGE_OF_NODE = ["argv", "env", "exit", "exitCode", "stdin", "stdout", "stderr"];

/** Only cli.ts, shell and commands read arguments, environment and standard streams, print, or end the process. */
const processAtTheEdge: Deno.lint.Rule = {
  create(context) {
    const room = placeOf(treePath(context))?.room;
    if (room === undefined || room === "cli" || room === "shell" || room === "commands") return {};
    return {
      MemberExpression(node) {
        const { object, member } = nameOfMember(node);
        if (member === null) return;
        const banned = (object === "Deno" && EDGE_OF_DENO.includes(member)) ||
          (object === "process" && EDGE_OF_NODE.includes(member)) || object === "console";
        if (banned) {
          context.report({
            node,
            message:
              `${object}.${member} outside cli.ts, shell/ and commands/: take it as an argument`,
          });
        }
      },
    };
  },
};

/** A stage runs in a worker, in process or on standard streams, and must not know which. */
const noWorkerThreads: Deno.lint.Rule = {
  create(context) {
    if (placeOf(treePath(context))?.room !== "stages") return {};
    return onImports((node, specifier) => {
      if (/^(node:)?worker_threads$/.test(specifier)) {
        context.report({ node, message: "node:worker_threads in a stage" });
      }
    });
  },
};

const CAUGHT = /^(?:error|cause|thrown)$/;

/**
 * An error keeps its class over ports (base/ports/error_classes.ts). So code must not compare error names, or cast to a shape that it has
 * not checked.
 */
const errorsByClass: Deno.lint.Rule = {
  create(context) {
    if (placeOf(treePath(context)) === null) return {};
    return {
      BinaryExpression(node) {
        if (!["===", "!==", "==", "!="].includes(node.operator)) return;
        for (const [name, said] of [[node.left, node.right], [node.right, node.left]]) {
          const word = said.type === "Literal" && typeof said.value === "string" ? said.value : "";
          const asks = name.type === "Identifier" && name.name === "name" ||
            name.type === "MemberExpression" && nameOfMember(name).member === "name";
          // Errors of the platform have no class of their own.
          if (!asks || !/^[A-Z]\w*Error$/.test(word) || /^(?:Abort|Timeout)Error$/.test(word)) {
            continue;
          }
          context.report({ node, message: `an error is asked by its class: instanceof ${word}` });
        }
      },
      TSAsExpression(node) {
        const { expression, typeAnnotation } = node;
        if (expression.type !== "Identifier" || !CAUGHT.test(expression.name)) return;
        // A record of unknown values claims nothing, because each value is checked before use.
        const claims = typeAnnotation.type === "TSTypeReference"
          ? typeAnnotation.typeName.type === "Identifier" &&
            typeAnnotation.typeName.name.endsWith("Error")
          : typeAnnotation.type === "TSTypeLiteral" || typeAnnotation.type === "TSIntersectionType";
        if (!claims) return;
        const message =
          `${expression.name} is cast: ask instanceof, or codeOf and messageOf of base/thrown.ts`;
        context.report({ node, message });
      },
    };
  },
};

const DRAWERS = /^(utils?|helpers?|commons?|misc|types?|shared|lib)(_test)?\.(ts|tsx|js|mjs)$/;

/** A file is named after its concept. A name like "utils" would fit anything. */
const noDrawers: Deno.lint.Rule = {
  create(context) {
    const name = treePath(context).split("/").at(-1) ?? "";
    if (!DRAWERS.test(name)) return {};
    return {
      Program(node) {
        context.report({ node, message: `${name} is a drawer: name the file for what it holds` });
      },
    };
  },
};

/** The plugin for `deno.json`; the rules are `crosstown/<name>`. */
export default {
  name: "crosstown",
  rules: {
    "import-order": importOrder,
    "pure-protocols": pureProtocols,
    "process-at-the-edge": processAtTheEdge,
    "no-worker-threads": noWorkerThreads,
    "errors-by-class": errorsByClass,
    "no-drawers": noDrawers,
    "kinds-in-one-table": kindsInOneTable(treePath),
    "wires-by-their-interface": wiresByTheirInterface(treePath),
    "home-clients": homeClients(treePath),
  },
} satisfies Deno.lint.Plugin;

function treePath(context: Context): string {
  const filename = context.filename.replaceAll("\\", "/");
  return filename.startsWith(root) ? filename.slice(root.length) : filename;
}

/** Visits every reference from one module to another: import, export from, import(), import types, new URL(.., import.meta.url). */
function onImports(
  visit: (node: Deno.lint.Node, specifier: string, typeOnly: boolean) => void,
): Visitor {
  return {
    ImportDeclaration(node) {
      const typeOnly = node.importKind === "type" ||
        (node.specifiers.length > 0 &&
          node.specifiers.every((specifier) =>
            specifier.type === "ImportSpecifier" && specifier.importKind === "type"
          ));
      visit(node, node.source.value, typeOnly);
    },
    ExportNamedDeclaration(node) {
      if (node.source) visit(node, node.source.value, node.exportKind === "type");
    },
    ExportAllDeclaration(node) {
      visit(node, node.source.value, node.exportKind === "type");
    },
    ImportExpression(node) {
      if (node.source.type === "Literal" && typeof node.source.value === "string") {
        visit(node, node.source.value, false);
      }
    },
    TSImportType(node) {
      const argument = node.argument as { value?: unknown; literal?: { value?: unknown } };
      const specifier = argument.literal?.value ?? argument.value;
      if (typeof specifier === "string") visit(node, specifier, true);
    },
    NewExpression(node) {
      const [target, base] = node.arguments;
      if (
        node.callee.type === "Identifier" && node.callee.name === "URL" &&
        target?.type === "Literal" && typeof target.value === "string" &&
        base?.type === "MemberExpression" && /\.(ts|tsx)$/.test(target.value)
      ) visit(node, target.value, false);
    },
  };
}

/** Whether an import has only these names. */
function importsOnly(node: Deno.lint.Node, names: readonly string[]): boolean {
  return node.type === "ImportDeclaration" && node.specifiers.length > 0 &&
    node.specifiers.every((specifier) =>
      specifier.type === "ImportSpecifier" && specifier.imported.type === "Identifier" &&
      names.includes(specifier.imported.name)
    );
}

function nameOfMember(
  node: Deno.lint.MemberExpression,
): { object: string | null; member: string | null } {
  const object = node.object.type === "Identifier" ? node.object.name : null;
  const property = node.property;
  if (!node.computed && property.type === "Identifier") return { object, member: property.name };
  if (property.type === "Literal" && typeof property.value === "string") {
    return { object, member: property.value };
  }
  return { object, member: null };
}
