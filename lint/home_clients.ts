/**
 * Commands are clients of a home (docs/decisions/0023-one-client-of-a-home.md): they ask it through `HomeClient` and read its store through
 * `readStore()`, so that no command knows which process serves the home. Exceptions are listed here, each with its reason.
 *
 * @module
 */
import { resolveImport } from "./rooms.ts";

/** Commands that open a home or its store themselves. */
export const OPENS_A_HOME: Readonly<Record<string, string>> = {
  "commands/daemon/run_daemon.ts": "it is the process that serves the home",
  "commands/demo/demo_run.ts": "the home is the demo's own, and it looks into its parts",
  "commands/stage/stage_run.ts": "a stage runs alone, with the home's services beside it",
  "commands/state/state_recover.ts": "it puts another store in the place of the home's",
  "commands/wallet/wallet_limits.ts":
    "ceilings are changed with the passphrase, where no process holds the unlocked key",
};

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  "shell/home/open_home.ts": ["openConfiguredHome"],
  "home/home.ts": ["openHome"],
  "store/database.ts": ["openDatabase"],
  "store/sqlite_store.ts": ["openSqliteStore"],
};

/** A command must not open the home or its store, or start a store's worker. */
export function homeClients(pathOf: (context: Deno.lint.RuleContext) => string): Deno.lint.Rule {
  return {
    create(context) {
      const path = pathOf(context);
      const isCommand = path.startsWith("commands/") ||
        path.startsWith("shell/") && !path.startsWith("shell/home/");
      if (!isCommand || Object.hasOwn(OPENS_A_HOME, path)) return {};
      const report = (node: Deno.lint.Node, what: string) =>
        context.report({
          node,
          message:
            `${what} in a command: ask the home with openHomeClient(), or read with readStore()`,
        });
      const openersOf = (specifier: unknown): readonly string[] => {
        const target = typeof specifier === "string" ? resolveImport(path, specifier) : null;
        return target === null ? [] : OPENERS[target] ?? [];
      };
      return {
        ImportDeclaration(node) {
          if (node.importKind === "type") return;
          const openers = openersOf(node.source.value);
          for (const specifier of node.specifiers) {
            if (specifier.type !== "ImportSpecifier" || specifier.importKind === "type") continue;
            const { imported } = specifier;
            const name = imported.type === "Identifier" ? imported.name : String(imported.value);
            if (openers.includes(name)) report(node, name);
          }
        },
        // The use of a whole imported module is not checked here.
        ImportExpression(node) {
          const openers = node.source.type === "Literal" ? openersOf(node.source.value) : [];
          if (openers.length > 0 && !openers.includes("openConfiguredHome")) {
            report(node, openers.join(", "));
          }
        },
        CallExpression(node) {
          const { callee, arguments: [first] } = node;
          const starts = callee.type === "MemberExpression" &&
            callee.property.type === "Identifier" && callee.property.name === "service";
          if (starts && first?.type === "Literal" && first.value === "store") {
            report(node, 'service("store")');
          }
        },
      };
    },
  };
}
