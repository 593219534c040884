/**
 * A field that is stored as JSON text.
 *
 * @module
 */
import { invalid, text } from "./checks.ts";
import type { Field, Marks } from "../base/table/column_kinds.ts";
import type { DescribedField } from "../base/table/described_fields.ts";
import { DESCRIBED } from "./define_table.ts";

/** Converts values that JSON cannot express. */
interface JsonForm<Value> {
  /** The value to write; throws `invalid` with the field's name. */
  readonly out: (field: string, value: Value) => unknown;
  /** The value from the JSON that was read. */
  readonly in: (json: never) => Value;
}

/** A column for an object or a list. Throws `invalid` for any other value, and for one of more than 64 Ki characters. */
export function jsonField<Value extends object>(
  name: string,
  marks?: Marks,
  form: JsonForm<Value> = { out: (_field, value) => value, in: (json) => json },
): Field<Value> & DescribedField {
  const described = DESCRIBED.kinds.text(name, marks) as unknown as DescribedField;
  return {
    ...described,
    isPlain: false,
    write(field, value) {
      if (typeof value !== "object" || value === null) throw invalid(field, "an object", value);
      return text(field, JSON.stringify(form.out(field, value as Value)));
    },
    read: (columns) => form.in(JSON.parse(columns[name] as string) as never),
  };
}
