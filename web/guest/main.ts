import "../shared/theme.css";
import "../shared/shield.css";
import "./guest.css";
import "./app.ts";
