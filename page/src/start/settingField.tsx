// A setting: its name, its field, a sentence on what it does, and why the API refuses its value.
import type { ComponentChildren } from "preact";
import { TermMark } from "../help/term";
import { NumberField } from "../shell/numberField";

interface SettingProps {
  name: string;
  title: string;
  /** The term that explains it, where the title is none. */
  term?: string;
  description: string;
  error?: string | undefined;
  children: ComponentChildren;
}

export function SettingField({ name, title, term = title, description, error, children }: SettingProps) {
  return (
    <div class="setting">
      <span class="setting-name">
        <label for={name}>{title}</label> <TermMark name={term} />
      </span>
      {children}
      <p class="muted">{description}</p>
      {error && (
        <p class="invalid" id={`${name}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

interface NumberSettingProps extends Omit<SettingProps, "children"> {
  value: number;
  integer?: boolean;
  onChange: (value: number) => void;
}

export function NumberSetting({ value, integer = false, onChange, ...setting }: NumberSettingProps) {
  return (
    <SettingField {...setting}>
      <NumberField id={setting.name} value={value} integer={integer} isInvalid={setting.error !== undefined} onChange={onChange} />
    </SettingField>
  );
}
