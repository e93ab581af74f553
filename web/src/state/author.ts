// Who makes changes and votes here: typed once, for all views.
import { kept } from "./kept";

export const author = kept<string>(() => localStorage, "author", "");
