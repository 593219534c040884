/**
 * A field that is kept as JSON text.
 *
 * @module
 */
import { invalid, text } from "./checks.ts";
import type { Field, Marks } from "./column_kinds.ts";
import { DESCRIBED, type DescribedField } from "./described_fields.ts";

/** How a value stands in JSON, where it is not what JSON can say itself. */
interface JsonForm<Value> {
  /** What is written; throws `invalid` with the field's name. */
  readonly out: (field: string, value: Value) => unknown;
  /** The value in what was read. */
  readonly in: (json: never) => Value;
}

/** A column of an object or a list. Throws `invalid` for anything else, and for one of more than 64 Ki characters. */
export function jsonField<Value extends object>(
  name: string,
  marks?: Marks,
  form: JsonForm<Value> = { out: (_field, value) => value, in: (json) => json },
): Field<Value> & DescribedField {
  const { columns, ...described } = DESCRIBED.text(name, marks) as unknown as DescribedField;
  return {
    ...described,
    columns,
    write(into, field, value) {
      if (typeof value !== "object" || value === null) throw invalid(field, "an object", value);
      into[name] = text(field, JSON.stringify(form.out(field, value as Value)));
    },
    read: (columns) => form.in(JSON.parse(columns[name] as string) as never),
  };
}
