// A small picture of a row, when the folder with its pictures was given.
import { useEffect, useState } from "preact/hooks";
import { pictureIn } from "./pictures";
import { folder } from "./state";

export function Thumbnail({ image }: { image: string }) {
  const url = usePicture(image);
  if (folder.value.size === 0) return null;
  return url ? <img src={url} alt="" decoding="async" /> : <span class="no-picture" />;
}

/** The address of a row's picture, freed when it is no longer shown; undefined where there is none. */
export function usePicture(image: string): string | undefined {
  const all = folder.value;
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const file = pictureIn(all, image);
    if (!file) return setUrl(undefined);
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [all, image]);
  return url;
}
