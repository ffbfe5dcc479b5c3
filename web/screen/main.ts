import "../shared/theme.css";
import "../shared/shield.css";
import "./screen.css";
import "./app.ts";
