// A picture that can be zoomed and moved, with layers over it that move with it.
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { signal, type Signal } from "@preact/signals";
import { percent, t } from "../../i18n";
import { Icon } from "../Icon";
import { keyed, listen, resettled, stepped, type Stage } from "./gestures";
import { corner, fitted, whole, type Size, type View } from "./view";
import "./picture.css";

interface Props {
  src: string;
  /** What the picture shows, for those who do not see it. */
  alt: string;
  /** The picture's size in its own pixels. */
  size: Size;
  /** Shared by pictures that are to move in step. */
  view: Signal<View>;
  /** Layers; they fill the picture's area. Things at `--zoom` may keep their size by it. */
  children?: ComponentChildren;
}

export function Picture({ src, alt, size, view, children }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const frame = useMemo(() => signal<Size>({ width: 0, height: 0 }), []);
  const stage: Stage = { view, frame: () => frame.peek(), fit: () => fitted(size, frame.peek()) };
  useEffect(() => {
    const box = element.current;
    if (!box) return;
    const observer = new ResizeObserver(() => {
      frame.value = { width: box.clientWidth, height: box.clientHeight };
      resettled(stage);
    });
    observer.observe(box);
    const end = listen(box, stage);
    return () => (observer.disconnect(), end());
  }, [size.width, size.height, view]);
  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (keyed(event.key, stage)) event.preventDefault();
  };
  return (
    <div class="picture" style={{ "--aspect": size.width / size.height }}>
      <div
        class="picture-frame"
        ref={element}
        tabIndex={0}
        role="group"
        aria-label={t("picture.frame", { alt })}
        onKeyDown={key}
        data-zoomed={view.value.zoom > 1 ? "" : undefined}
      >
        <Plane src={src} alt={alt} size={size} frame={frame.value} view={view.value}>
          {children}
        </Plane>
      </div>
      <Buttons stage={stage} />
    </div>
  );
}

function Plane({ src, alt, size, frame, view, children }: Omit<Props, "view"> & { frame: Size; view: View }) {
  const fit = fitted(size, frame);
  const at = corner(view, fit, frame);
  const style = {
    width: `${fit.width}px`,
    height: `${fit.height}px`,
    transform: `translate(${at.x}px, ${at.y}px) scale(${view.zoom})`,
    "--zoom": view.zoom,
  };
  return (
    <div class="picture-plane" style={style}>
      <img src={src} alt={alt} draggable={false} />
      {children}
    </div>
  );
}

function Buttons({ stage }: { stage: Stage }) {
  const { zoom } = stage.view.value;
  return (
    <div class="picture-buttons" role="group" aria-label={t("picture.zoom")}>
      <button type="button" onClick={() => stepped(1 / 1.5, stage)} disabled={zoom <= 1} aria-label={t("picture.out")} title={`${t("picture.out")} (−)`}>
        <Icon name="minus" size={18} />
      </button>
      <button type="button" onClick={() => (stage.view.value = whole)} disabled={zoom <= 1} title={`${t("picture.whole")} (0)`} aria-label={t("picture.whole")}>
        <span>{percent(zoom)}</span>
      </button>
      <button type="button" onClick={() => stepped(1.5, stage)} aria-label={t("picture.in")} title={`${t("picture.in")} (+)`}>
        <Icon name="plus" size={18} />
      </button>
    </div>
  );
}
