// Setting of one field: a number, which may be left to be chosen, or a check box, as the API describes it.
import { FIELDS } from "../api/choices";
import { NumberField } from "../shell/numberField";
import { toWords } from "../shell/format";
import { SettingField } from "./settingField";

type Value = number | boolean | null | undefined;

interface Props {
  /** The setting or type that has the field, and the field, as in FIELDS. */
  of: string;
  name: string;
  title?: string;
  /** What is said of a number that is left to be chosen. */
  absent?: string;
  value: Value;
  error?: string | undefined;
  onChange: (value: number | boolean | null) => void;
}

export function SchemaField({ of, name, title = nameField(name), absent = "auto", value, error, onChange }: Props) {
  const field = FIELDS[of]?.[name];
  if (!field) return null;
  const id = `${of}-${name}`;
  return (
    <SettingField name={id} title={title} description={field.description} error={error}>
      {field.kind === "boolean" ? (
        <input id={id} type="checkbox" checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />
      ) : (
        <NumberField
          id={id}
          value={typeof value === "number" ? value : null}
          integer={field.kind === "integer"}
          isInvalid={error !== undefined}
          placeholder={field.isOptional ? absent : ""}
          onChange={onChange}
          {...(field.isOptional ? { onClear: () => onChange(null) } : {})}
        />
      )}
    </SettingField>
  );
}

interface PartProps {
  /** The setting or type whose fields these are. */
  of: string;
  /** The fields to show; all, where none are named. */
  names?: string[];
  values: object;
  errorFor: (field: string) => string | undefined;
  onChange: (changes: Record<string, number | boolean | null>) => void;
}

/** The fields of a setting that has several. */
export function SchemaFields({ of, names = Object.keys(FIELDS[of] ?? {}), values, errorFor, onChange }: PartProps) {
  return (
    <>
      {names.map((name) => (
        <SchemaField
          key={`${of}-${name}`}
          of={of}
          name={name}
          value={(values as Record<string, Value>)[name]}
          error={errorFor(name)}
          onChange={(value) => onChange({ [name]: value })}
        />
      ))}
    </>
  );
}

const nameField = (name: string): string => {
  const words = toWords(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
};
