// What the page says in English; a file for each area.
import { compare } from "./en/compare";
import { frame } from "./en/frame";
import { report } from "./en/report";
import { results } from "./en/results";
import { score } from "./en/score";
import { terms } from "./en/terms";
import { trouble } from "./en/trouble";
import { vote } from "./en/vote";

export const en = { ...frame, ...trouble, ...terms, ...score, ...compare, ...vote, ...results, ...report };
