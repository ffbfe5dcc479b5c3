import "../shared/theme.css";
import "../shared/shield.css";
import "../shared/webawesome.ts";
import "./panel.css";
import "./app.ts";
