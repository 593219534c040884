/**
 * The table of `docs/security.md`: the permissions of each stage and service, as `tests/permissions/` starts each of them in a worker.
 * Without effects.
 *
 * @module
 */
import { type Declared, declaredServices } from "../../tests/permissions/declared.ts";
import { declaredStages } from "../../tests/permissions/declared_stages.ts";
import { table } from "./markdown.ts";

const PLACES = { folder: "FOLDER", relay: "the relay", connector: "the connector" };

/** One row for each; the stages come first. */
export function permissionTable(): string {
  const rows = [
    ...declaredStages(PLACES).map((each) => row(each, "stage")),
    ...declaredServices(PLACES).map((each) => row(each, "service")),
  ];
  const once = rows.filter((each, at) => rows.findIndex(([part]) => part === each[0]) === at // one that stands twice there
  );
  return table(["part", "is a", "network", "reads", "writes", "runs"], once);
}

function row({ name, note, holds }: Declared, kind: string): string[] {
  const { net, read, write, run } = holds;
  return [
    `\`${name}\`${note === undefined ? "" : ` ${note}`}`,
    kind,
    words(net),
    words(read),
    words(write),
    words(run),
  ];
}

const SHOWN = 2;

function words(list: readonly string[] | undefined): string {
  if (list === undefined || list.length === 0) return "";
  const shown = list.slice(0, SHOWN).map((each) =>
    each.startsWith("the ") ? each : `\`${each.replace("FOLDER/", "")}\``
  );
  return [...shown, ...(list.length > SHOWN ? [`${list.length - SHOWN} more`] : [])].join(", ");
}
