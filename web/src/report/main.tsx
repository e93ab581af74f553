// Shows the data that the page holds, in the place of the plain tables that stand there without a script.
import { render } from "preact";
import "../theme/tokens.css";
import "../theme/base.css";
import "../theme/elements.css";
import { followSettings } from "../state/settings";
import { DATA, reportData } from "./data";
import { Report } from "./Report";

const data = reportData(document.getElementById(DATA)?.textContent ?? "");
const mount = document.getElementById("report");
if (data && mount) {
  followSettings();
  mount.replaceChildren();
  render(<Report data={data} />, mount);
}
