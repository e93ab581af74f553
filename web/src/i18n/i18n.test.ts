import { afterEach, expect, test } from "vitest";
import { duration, named, namedLoss, t } from ".";
import { language } from "../state/settings";
import { en } from "./en";
import { zh } from "./zh";

afterEach(() => (language.value = "en"));

const places = (phrase: string) => [...phrase.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

test("both_languages_have_the_same_places_to_fill", () => {
  for (const key of Object.keys(en) as (keyof typeof en)[]) expect(places(zh[key]), key).toEqual(places(en[key]));
  expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
});

test("no_phrase_of_the_chinese_page_was_left_in_english", () => {
  const same = (Object.keys(en) as (keyof typeof en)[]).filter((key) => key !== "language.other" && /[a-z]{3}/.test(en[key]) && en[key] === zh[key]);
  expect(same).toEqual([]);
});

test("phrases_follow_the_language_and_take_what_fills_them", () => {
  expect(t("scenario.revision", { n: 3 })).toBe("revision 3");
  language.value = "zh";
  expect(t("scenario.revision", { n: 3 })).toBe("第 3 版");
});

test("a_name_we_do_not_know_is_said_as_it_comes", () => {
  expect(named("distortion", "moire_pattern")).toBe("moire pattern");
  expect(namedLoss("fidelity")).toBe("Fidelity");
  expect(namedLoss("edge_blur")).toBe("Edge blur");
});

test("times_are_said_in_a_unit_that_suits_them", () => {
  expect(duration(0.4)).toBe("< 1 ms");
  expect(duration(840)).toBe("840 ms");
  expect(duration(3552)).toBe("3.6 s");
});
