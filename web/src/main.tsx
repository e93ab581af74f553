// Mounts the page. Nothing here waits for the gateway.
import { render } from "preact";
import { App } from "./app";
import "./theme/tokens.css";
import "./theme/base.css";
import "./theme/elements.css";
import "./theme/frame.css";
import { followSettings } from "./state/settings";

followSettings();
const mount = document.getElementById("app");
if (mount) render(<App />, mount);
