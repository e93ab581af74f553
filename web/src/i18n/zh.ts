// What the page says in Chinese; a file for each area.
import { compare } from "./zh/compare";
import { frame } from "./zh/frame";
import { report } from "./zh/report";
import { results } from "./zh/results";
import { score } from "./zh/score";
import { terms } from "./zh/terms";
import { trouble } from "./zh/trouble";
import { vote } from "./zh/vote";
import type { en } from "./en";
export const zh: Record<keyof typeof en, string> = { ...frame, ...trouble, ...terms, ...score, ...compare, ...vote, ...results, ...report };
