// Where a distortion was found: a map over the picture.
import { useEffect, useRef } from "preact/hooks";
import type { HeatMap } from "../../gen/cpaiqa/common/v1/picture_pb";
import { colourAt } from "../../theme/scale";
import "./layers.css";

interface Props {
  map: HeatMap;
  /** [0, 1]; how much the map hides of the picture where it is worst. */
  opacity: number;
}

/** The worst cell of a map, [0, 1]; colours are given relative to it. */
export const worstOf = (map: HeatMap): number => map.cells.reduce((most, cell) => Math.max(most, cell), 0) / 255;

/** Red, green, blue and alpha of every cell. A sound cell is clear; the worst is as solid as it gets. */
export function pixelsOf(map: HeatMap): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(map.width * map.height * 4);
  const worst = Math.max(worstOf(map), 1 / 255);
  for (let i = 0; i < map.width * map.height; i++) {
    const value = (map.cells[i] ?? 0) / 255 / worst;
    pixels.set([...colourAt(value), 255 * Math.min(1, value * 1.2)], i * 4);
  }
  return pixels;
}

export function HeatLayer({ map, opacity }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context && map.width > 0) context.putImageData(new ImageData(pixelsOf(map), map.width, map.height), 0, 0);
  }, [map]);
  return <canvas class="heat" ref={canvas} width={map.width} height={map.height} style={{ opacity }} aria-hidden="true" />;
}
