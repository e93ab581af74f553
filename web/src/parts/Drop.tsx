// Where pictures are dropped, pasted or chosen.
import { useEffect, useRef, useState } from "preact/hooks";
import { number, t } from "../i18n";
import { mostBytes } from "../state/pictures";
import { filesWithin } from "./folder";
import { Icon } from "./Icon";
import "./drop.css";

interface Props {
  /** Called with at least one file; with one only unless `many`. */
  onFiles: (files: File[]) => void;
  many?: boolean;
  /** Whether pictures pasted anywhere in the page come here; at most one such place at a time. */
  pastes?: boolean;
  /** Results of a batch, rather than pictures. */
  kind?: "results";
  /** Small, for where a picture is there already. */
  compact?: boolean;
}

const filesOf = (data: DataTransfer | null) => [...(data?.files ?? [])];

export function Drop({ onFiles, many = false, pastes = false, kind, compact = false }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const take = (files: File[]) => {
    if (files.length > 0) onFiles(many ? files : files.slice(0, 1));
  };
  useEffect(() => {
    if (!pastes) return;
    const paste = (event: ClipboardEvent) => take(filesOf(event.clipboardData));
    addEventListener("paste", paste);
    return () => removeEventListener("paste", paste);
  });
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void filesWithin(event.dataTransfer).then(take);
  };
  const chosen = () => {
    take([...(input.current?.files ?? [])]);
    if (input.current) input.current.value = "";
  };
  return (
    <div
      class={`drop${over ? " over" : ""}${compact ? " compact" : ""}`}
      onDragOver={(event) => (event.preventDefault(), setOver(true))}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Icon name="upload" size={compact ? 18 : 24} />
      <p>
        {t(kind === "results" ? "results.drop" : many ? "picture.dropMany" : "picture.drop")}
        <span class="quiet">{t(kind === "results" ? "results.or" : "picture.or")}</span>
        <button type="button" class="drop-choose" onClick={() => input.current?.click()}>
          {t(many && kind === undefined ? "picture.chooseMany" : "picture.choose")}
        </button>
      </p>
      {!compact && <p class="quiet small">{kind === "results" ? t("results.formats") : t("picture.formats", { n: number(mostBytes / 1024 / 1024) })}</p>}
      <input
        ref={input}
        class="unseen"
        type="file"
        accept={kind === "results" ? ".jsonl,.ndjson,.json,.html" : "image/png,image/jpeg,image/webp,image/gif,image/bmp"}
        multiple={many}
        tabIndex={-1}
        aria-hidden="true"
        onChange={chosen}
      />
    </div>
  );
}
