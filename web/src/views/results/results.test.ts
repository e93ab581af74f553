import { expect, test } from "vitest";
import { lineOf, readResults } from "./read";
import { choices, EVERYTHING, filtered, sorted } from "./select";

function line(image: string, score: number, more: object = {}): string {
  return JSON.stringify({
    image,
    prompt: "a cat 猫",
    model: "m1",
    measurement_id: "00",
    score,
    interval: [score - 10, score + 5],
    scenario: { name: "general", revision: 1 },
    components: { global_alignment: 0.5, fidelity: null },
    distortions: [
      { type: "edge_blur", severity: 0.25, impact: 0.4 },
      { type: "moire", severity: 0.9, impact: 0 },
      { type: "detail_loss", severity: null, impact: 1 },
    ],
    ...more,
  });
}

const none = () => undefined;

test("lines_are_read_with_what_a_list_needs_and_the_whole_line_is_found_again", async () => {
  const file = new Blob([`${line("a.png", 50)}\n\n${line("猫.png", 70, { verdict: { verdict: "review" } })}`]);
  const { rows, bad } = await readResults(file, none);
  expect(bad).toEqual([]);
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({ line: 1, image: "a.png", score: 50, low: 40, high: 55, carried: { model: "m1" } });
  expect(rows[0]!.severities).toEqual({ edge_blur: 0.25, moire: 0.9 });
  expect(rows[0]!.worst).toBe("edge_blur");
  expect(rows[0]!.components).toEqual([0.5, undefined, undefined, undefined, undefined]);
  expect(rows[1]).toMatchObject({ line: 3, image: "猫.png", verdict: "review" });
  expect(JSON.parse(await lineOf(file, rows[1]!))).toMatchObject({ image: "猫.png", prompt: "a cat 猫" });
});

test("bad_lines_are_named_and_the_others_go_on_a_row_without_a_score_is_a_row", async () => {
  const failed = JSON.stringify({ image: "b.png", prompt: "b", error: "no such file" });
  const lines = ["image,prompt", "[1]", JSON.stringify({ image: "x" }), line("a.png", 101), failed, line("c.png", 1)];
  const { rows, bad } = await readResults(new Blob([lines.join("\n")]), none);
  expect(bad).toEqual([
    { line: 1, expected: "json" },
    { line: 2, expected: "json" },
    { line: 3, expected: "prompt" },
    { line: 4, expected: "score" },
  ]);
  expect(rows.map((row) => [row.line, row.error])).toEqual([[5, "no such file"], [6, undefined]]);
});

test("a_character_that_two_pieces_of_the_file_share_is_read_whole", async () => {
  const bytes = new TextEncoder().encode(`${line("猫.png", 5)}\n`);
  const pieces = [...bytes].map((byte) => Uint8Array.of(byte));
  const stream = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        pieces.forEach((piece) => controller.enqueue(piece));
        controller.close();
      },
    });
  const { rows } = await readResults({ stream, size: bytes.length } as unknown as Blob, none);
  expect(rows[0]!.image).toBe("猫.png");
});

test("rows_are_chosen_by_words_score_verdict_and_distortion", async () => {
  const lines = [
    line("cat.png", 50, { verdict: { verdict: "accept" } }),
    line("dog.png", 80, { distortions: [{ type: "edge_blur", severity: 0.6, impact: 1 }] }),
    JSON.stringify({ image: "b.png", prompt: "b", error: "no such file" }),
  ];
  const { rows } = await readResults(new Blob([lines.join("\n")]), none);
  const images = (change: object) => filtered(rows, { ...EVERYTHING, ...change }).map((row) => row.image);
  expect(images({})).toEqual(["cat.png", "dog.png", "b.png"]);
  expect(images({ text: "DOG m1" })).toEqual(["dog.png"]);
  expect(images({ from: 60 })).toEqual(["dog.png"]);
  expect(images({ verdict: "accept" })).toEqual(["cat.png"]);
  expect(images({ verdict: "error" })).toEqual(["b.png"]);
  expect(images({ distortion: "edge_blur" })).toEqual(["dog.png"]);
  expect(choices(rows)).toMatchObject({ scenarios: ["general"], verdicts: ["accept", "error"] });
});

test("rows_are_sorted_by_any_column_those_without_a_value_last", async () => {
  const lines = [line("a10.png", 50, { rating: 9 }), line("a9.png", 80, { rating: 10 }), '{"image":"z","prompt":"z","error":"no"}'];
  const { rows } = await readResults(new Blob([lines.join("\n")]), none);
  const images = (column: string, descending = false) => sorted(rows, { column, descending }).map((row) => row.image);
  expect(images("score")).toEqual(["a10.png", "a9.png", "z"]);
  expect(images("score", true)).toEqual(["a9.png", "a10.png", "z"]);
  expect(images("image")).toEqual(["a9.png", "a10.png", "z"]);
  expect(images("carried_rating")).toEqual(["a10.png", "a9.png", "z"]);
  expect(images("severity_edge_blur", true)).toEqual(["a10.png", "a9.png", "z"]);
});

test("a_hundred_thousand_lines_are_read", async () => {
  const some = Array.from({ length: 1000 }, (_, i) => `${line(`${i}.png`, i % 100)}\n`).join("");
  let told = 0;
  const { rows } = await readResults(new Blob(Array(100).fill(some)), (share) => (told = share));
  expect(rows).toHaveLength(100_000);
  expect(rows.at(-1)).toMatchObject({ line: 100_000, image: "999.png" });
  expect(told).toBeGreaterThan(0);
});
