// How the learning rate changes from epoch to epoch, and the numbers of an optimizer beside its rate.
import { FIELDS, OPTIMIZERS, SCHEDULES } from "../api/choices";
import type { Schedule, Spec } from "../api/shapes";
import { SchemaFields } from "./schemaField";
import { setSetting } from "./jobDraft";
import { SettingField } from "./settingField";

interface Props {
  spec: Spec;
  errorFor: (field: string) => string | undefined;
}

export function ScheduleSettings({ spec, errorFor }: Props) {
  const schedule = spec.schedule;
  const set = (changes: object): void => setSetting("schedule", { ...schedule, ...changes } as Schedule);
  return (
    <>
      <SettingField name="schedule" title="Schedule" description={SCHEDULES[schedule.type].description}>
        <select
          id="schedule"
          value={schedule.type}
          onChange={(event) => setSetting("schedule", SCHEDULES[event.currentTarget.value as Schedule["type"]].defaults)}
        >
          {Object.keys(SCHEDULES).map((type) => (
            <option key={type}>{type}</option>
          ))}
        </select>
      </SettingField>
      <SchemaFields of={schedule.type} values={schedule} errorFor={(name) => errorFor(`schedule/${name}`)} onChange={set} />
    </>
  );
}

export function OptimizerDetails({ spec: { optimizer }, errorFor }: Props) {
  const names = Object.keys(FIELDS[optimizer.type] ?? {}).filter((name) => name !== "learning_rate");
  const isChanged = names.some((name) => JSON.stringify(read(optimizer, name)) !== JSON.stringify(read(OPTIMIZERS[optimizer.type].defaults, name)));
  return (
    <details class="split-settings" open={isChanged}>
      <summary>
        Optimizer <span class="muted">{names.map((name) => `${name} ${String(read(optimizer, name))}`).join(", ")}</span>
      </summary>
      <div class="settings">
        <SchemaFields
          of={optimizer.type}
          names={names}
          values={optimizer}
          errorFor={(name) => errorFor(`optimizer/${name}`)}
          onChange={(changes) => setSetting("optimizer", { ...optimizer, ...changes } as Spec["optimizer"])}
        />
      </div>
    </details>
  );
}

const read = (values: object, name: string): unknown => (values as Record<string, unknown>)[name];
