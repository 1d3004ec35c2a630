// Tags and note of a job, a dataset or a model: shown in its row, and changed in a form below it.
import { useState } from "preact/hooks";
import { isAllowed, sendJson } from "../api/client";
import { Icon } from "../shell/icon";
import { setFilter } from "./filters";
import { RowForm } from "./rowForm";
import { listTags, parseTags, type Tags } from "./tags";

interface Labels {
  tags: Tags;
  note?: string | null;
}

/** Tags, each of which filters the list, and the note in a line. */
export function LabelLine({ tags, note }: Labels) {
  const texts = listTags(tags);
  if (texts.length === 0 && !note) return null;
  return (
    <span class="labels">
      {texts.map((text) => (
        <button key={text} class="tag" title="Show only those with this tag" onClick={() => setFilter({ tag: text })}>
          <bdi>{text}</bdi>
        </button>
      ))}
      {note && (
        <span class="note" title={note}>
          <bdi>{note}</bdi>
        </span>
      )}
    </span>
  );
}

interface EditButtonProps {
  name: string;
  isOpen: boolean;
  onToggle: () => void;
}

export function EditLabelsButton({ name, isOpen, onToggle }: EditButtonProps) {
  if (!isAllowed("train")) return null;
  return (
    <button class="small quiet round" aria-label={`Tags and note of ${name}`} title="Tags and note" aria-expanded={isOpen} onClick={onToggle}>
      <Icon name="flag" />
    </button>
  );
}

interface FormProps {
  /** Of the resource. */
  path: string;
  labels: Labels;
  /** The name, where it can be changed. */
  name?: string;
  onSaved: () => void;
  onClose: () => void;
}

export function LabelForm({ path, labels, name, onSaved, onClose }: FormProps) {
  const [newName, setNewName] = useState(name ?? "");
  const [tags, setTags] = useState(listTags(labels.tags).join(", "));
  const [note, setNote] = useState(labels.note ?? "");
  const save = (): Promise<unknown> =>
    sendJson("PATCH", path, { tags: parseTags(tags, labels.tags), note: note.trim() || null, ...(name === undefined ? {} : { name: newName }) });
  return (
    <RowForm label="Save" send={save} onSaved={onSaved} onClose={onClose}>
      {name !== undefined && (
        <label>
          <span>Name</span>
          <input value={newName} maxLength={255} onInput={(event) => setNewName(event.currentTarget.value)} />
        </label>
      )}
      <label>
        <span>Tags, with commas between them</span>
        <input placeholder="keep, run=first" value={tags} onInput={(event) => setTags(event.currentTarget.value)} />
      </label>
      <label class="wide">
        <span>Note</span>
        <textarea rows={2} maxLength={2000} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
      </label>
    </RowForm>
  );
}
