// Pictures to begin with: small ones to choose from, and the whole ones that are fetched when they are chosen.
import cat from "../../../../examples/cat-on-throne.jpg?url";
import ladybug from "../../../../examples/ladybug-on-rose.jpg?url";
import plane from "../../../../examples/plane-in-snow.jpg?url";
import crossing from "../../../../examples/school-crossing.jpg?url";
import catSmall from "./examples/cat-on-throne.webp";
import ladybugSmall from "./examples/ladybug-on-rose.webp";
import planeSmall from "./examples/plane-in-snow.webp";
import crossingSmall from "./examples/school-crossing.webp";

export interface Example {
  name: string;
  small: string;
  whole: string;
  prompt: string;
  /** A scenario's name. */
  scenario: string;
}

// Prompts and scenarios are those of examples/manifest.csv.
export const examples: Example[] = [
  {
    name: "cat-on-throne.jpg",
    small: catSmall,
    whole: cat,
    prompt:
      "A cat with a crown lounging on a velvet throne, royal atmosphere, luxurious fabric texture, regal pose, detailed fur, ornate crown, dramatic lighting",
    scenario: "general",
  },
  {
    name: "ladybug-on-rose.jpg",
    small: ladybugSmall,
    whole: ladybug,
    prompt:
      "A vibrant red ladybug rests on a blooming deep purple rose with velvety petals, in front of blurred pink roses on a soft pink background",
    scenario: "general",
  },
  {
    name: "school-crossing.jpg",
    small: crossingSmall,
    whole: crossing,
    prompt:
      "A whimsical flat illustration of a crossing guard guiding four schoolchildren across a crosswalk, in soft mint green, mustard yellow and earthy tones",
    scenario: "education-poster",
  },
  {
    name: "plane-in-snow.jpg",
    small: planeSmall,
    whole: plane,
    prompt:
      "A small plane on skis with a bright red tail fin and yellow, blue and orange stripes stands on a snowy plateau below jagged white peaks under a blue sky",
    scenario: "general",
  },
];

/** The whole picture as a file; throws where it cannot be fetched. */
export async function fetchExample({ name, whole }: Example): Promise<File> {
  const response = await fetch(whole);
  if (!response.ok) throw new TypeError(`${name}: HTTP ${response.status}`);
  return new File([await response.blob()], name);
}
