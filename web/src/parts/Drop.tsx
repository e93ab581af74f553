// Where pictures are dropped, pasted or chosen.
import { useEffect, useRef, useState } from "preact/hooks";
import { number, t } from "../i18n";
import { mostBytes } from "../state/pictures";
import { Icon } from "./Icon";
import "./drop.css";

interface Props {
  /** Called with at least one file; with one only unless `many`. */
  onFiles: (files: File[]) => void;
  many?: boolean;
  /** Whether pictures pasted anywhere in the page come here; at most one such place at a time. */
  pastes?: boolean;
  /** Small, for where a picture is there already. */
  compact?: boolean;
}

const filesOf = (data: DataTransfer | null) => [...(data?.files ?? [])];

export function Drop({ onFiles, many = false, pastes = false, compact = false }: Props) {
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
    take(filesOf(event.dataTransfer));
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
        {t(many ? "picture.dropMany" : "picture.drop")}
        <span class="quiet">{t("picture.or")}</span>
        <button type="button" class="drop-choose" onClick={() => input.current?.click()}>
          {t(many ? "picture.chooseMany" : "picture.choose")}
        </button>
      </p>
      {!compact && <p class="quiet small">{t("picture.formats", { n: number(mostBytes / 1024 / 1024) })}</p>}
      <input
        ref={input}
        class="unseen"
        type="file"
        accept="image/png,image/jpeg,image/webp,image/gif,image/bmp"
        multiple={many}
        tabIndex={-1}
        aria-hidden="true"
        onChange={chosen}
      />
    </div>
  );
}
