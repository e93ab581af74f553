// Chooses a folder with pictures.
import { useRef } from "preact/hooks";
import { t } from "../i18n";

/** Takes all pictures of a folder. */
interface Props {
  onFiles: (files: File[]) => void;
  /** What the button says, where it is not just any folder. */
  label?: string;
}

export function FolderButton({ onFiles, label }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const chosen = () => {
    onFiles([...(input.current?.files ?? [])]);
    if (input.current) input.current.value = "";
  };
  return (
    <>
      <button type="button" class="button" onClick={() => input.current?.click()}>
        {label ?? t("compare.folder")}
      </button>
      <input
        // The attribute has this name in all browsers.
        ref={(element) => {
          element?.setAttribute("webkitdirectory", "");
          input.current = element;
        }}
        class="unseen"
        type="file"
        multiple
        tabIndex={-1}
        aria-hidden="true"
        onChange={chosen}
      />
    </>
  );
}
