// Mounts the page. Nothing here waits for the gateway.
import { render } from "preact";
// The theme before the parts, whose own styles build on it.
import "./theme/tokens.css";
import "./theme/base.css";
import "./theme/elements.css";
import "./theme/frame.css";
import { App } from "./app";
import { followSettings } from "./state/settings";

followSettings();
const mount = document.getElementById("app");
if (mount) render(<App />, mount);
