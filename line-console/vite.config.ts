import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The server that `npm run dev` shows: its API and its live state. */
const server = process.env["CONSOLE_SERVER"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2023",
    // A strict content security policy lets no font or image in as a data URL of the bundle.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
  },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/api": server,
      "/socket.io": { target: server, ws: true },
    },
  },
});
