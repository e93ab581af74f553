// A picture's own size, once it is known.
import { useEffect, useState } from "preact/hooks";
import type { Size } from "./picture/view";

/** In its own pixels; a square until it has loaded. */
export function useSize(url: string): Size {
  const [known, setKnown] = useState<{ url: string; size: Size }>();
  useEffect(() => {
    const image = new Image();
    image.onload = () => setKnown({ url, size: { width: image.naturalWidth, height: image.naturalHeight } });
    image.src = url;
    return () => (image.onload = null);
  }, [url]);
  return known?.url === url ? known.size : { width: 1, height: 1 };
}
