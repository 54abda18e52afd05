import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ChatApp } from "./app/chat-app.ts";
import { AppContext } from "./app/use-app.ts";
import { Page } from "./screens/page.tsx";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/sign-in.css";
import "./styles/shell.css";
import "./styles/messages.css";
import "./styles/markdown.css";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no #root");
const app = new ChatApp();
app.start();
createRoot(root).render(
  <StrictMode>
    <AppContext value={app}>
      <Page />
    </AppContext>
  </StrictMode>,
);
